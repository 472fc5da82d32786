/** ZIP files of entries that are stored as they are. */

/** @typedef {{name: string, bytes: ArrayBuffer}} Entry */

const UTF_8 = 0x800; // flag: names are in UTF-8
const EPOCH = 0x21; // 1980-01-01: the same files give the same ZIP

/** @param {Entry[]} entries  their names differ @returns {Blob} */
export function writeZip(entries) {
  const [files, directory] = [/** @type {BlobPart[]} */ ([]), /** @type {BlobPart[]} */ ([])];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const text = new TextEncoder().encode(name);
    const about = [20, UTF_8, 0, 0, EPOCH, [crc32(new Uint8Array(bytes))], [bytes.byteLength], [bytes.byteLength], text.length, 0];
    const head = fields([[0x04034b50], ...about]);
    files.push(head, text, bytes);
    directory.push(fields([[0x02014b50], 20, ...about, 0, 0, 0, [0], [offset]]), text);
    offset += head.length + text.length + bytes.byteLength;
  }
  const size = new Blob(directory).size;
  const end = fields([[0x06054b50], 0, 0, entries.length, entries.length, [size], [offset], 0]);
  return new Blob([...files, ...directory, end], { type: "application/zip" });
}

/** @param {(number | number[])[]} values  numbers take two bytes, those in brackets four */
function fields(values) {
  return Uint8Array.from(values.flatMap((value) => (Array.isArray(value) ? [0, 8, 16, 24].map((by) => value[0] >>> by) : [value, value >> 8])));
}

/** @param {Uint8Array} bytes @returns {number} */
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 && 0xedb88320);
  }
  return ~sum >>> 0;
}
