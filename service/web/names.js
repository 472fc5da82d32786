/** Downloads; sounds that differ have different names. */

import { make } from "./elements.js";

const LONGEST = 100; // characters; systems allow 255 bytes

/** @param {string[]} words  empty ones are left out @returns {string} */
export function fileName(...words) {
  const stem = words.filter(Boolean).join("-").replace(/[^\p{L}\p{N}._-]+/gu, "-");
  return `${stem.slice(0, LONGEST)}.wav`;
}

/** @param {object} content @returns {string} eight hexadecimal digits. Source: FNV-1a, 32 bits */
export function fingerprint(content) {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(content)) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
