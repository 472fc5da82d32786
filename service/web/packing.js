/** A z as short text: three significant digits of each coordinate in 16 bits, in the letters of base64url. */

const LEAST_EXPONENT = -16; // of ten; smaller numbers become 0
const GREATEST_EXPONENT = 15;

/** @param {number} value @returns {number} the nearest one that can be packed */
export function packable(value) {
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  return exponent < LEAST_EXPONENT ? 0 : Number(value.toPrecision(3));
}

/** @param {number[]} z @returns {string} */
export function packed(z) {
  const bytes = new DataView(new ArrayBuffer(2 * z.length));
  z.forEach((value, i) => bytes.setUint16(2 * i, bits(packable(value))));
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text @returns {number[] | null} null where it is no packed z */
export function unpacked(text) {
  if (!/^[\w-]+$/.test(text)) return null;
  let letters;
  try {
    letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  if (letters.length % 2) return null;
  const bytes = new DataView(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)).buffer);
  return Array.from({ length: letters.length / 2 }, (_, i) => value(bytes.getUint16(2 * i)));
}

/** @param {number} packable @returns {number} sign, exponent and digits: 1, 5 and 10 bits */
function bits(packable) {
  if (packable === 0) return 0;
  const [digits, exponent] = Math.abs(packable).toExponential(2).split("e");
  const clamped = Math.min(GREATEST_EXPONENT, Number(exponent));
  return (Number(packable < 0) << 15) | ((clamped - LEAST_EXPONENT) << 10) | Math.round(100 * Number(digits));
}

/** @param {number} bits */
function value(bits) {
  const size = Number(`${bits & 1023}e${((bits >> 10) & 31) + LEAST_EXPONENT - 2}`);
  return bits >> 15 ? -size : size;
}
