/** A z as short text: 16 bits for each coordinate, relative to the largest one, in the letters of base64url. */

const DIGITS = 6; // of a coordinate in a request: curl lines stay short
const STEPS = 32767; // from 0 to the largest coordinate
const HEADER = 4; // bytes of the largest coordinate

/** @param {number} value @returns {number} */
export function rounded(value) {
  return Number(value.toPrecision(DIGITS));
}

/** @param {number[]} z @returns {string} */
export function packed(z) {
  const largest = rounded(Math.max(...z.map(Math.abs)));
  const bytes = new DataView(new ArrayBuffer(HEADER + 2 * z.length));
  bytes.setFloat32(0, largest);
  z.forEach((value, i) => bytes.setInt16(HEADER + 2 * i, Math.round((STEPS * value) / (largest || 1))));
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text @returns {number[] | null} null where it is no packed z */
export function unpacked(text) {
  let letters;
  try {
    letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const bytes = new DataView(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)).buffer);
  if (bytes.byteLength <= HEADER || bytes.byteLength % 2) return null;
  const largest = rounded(bytes.getFloat32(0));
  if (!Number.isFinite(largest)) return null;
  return Array.from({ length: (bytes.byteLength - HEADER) / 2 }, (_, i) => rounded((largest * bytes.getInt16(HEADER + 2 * i)) / STEPS));
}

/** @param {number[]} z @returns {number[]} the nearest one that is the same after packing */
export function packable(z) {
  return /** @type {number[]} */ (unpacked(packed(z)));
}
