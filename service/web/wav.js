/** WAV files: bytes from samples, samples and the recipe from bytes. */

/** @typedef {{samples: Float32Array, sampleRate: number}} Waveform  mono, [-1, 1] */
/** @typedef {{z?: number[], labels?: import("./api.js").Labels}} Recipe  how the service made a file; z only where it is one point */

/** @param {Float32Array[]} channels  of equal length, [-1, 1] @param {number} sampleRate @returns {Blob} PCM-16 */
export function writeWav(channels, sampleRate) {
  const nChannels = channels.length;
  const dataLength = 2 * nChannels * channels[0].length; // bytes
  const view = new DataView(new ArrayBuffer(44 + dataLength));
  const text = (/** @type {number} */ at, /** @type {string} */ word) =>
    [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + dataLength, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, nChannels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * nChannels * sampleRate, true); // bytes a second
  view.setUint16(32, 2 * nChannels, true); // bytes a frame
  view.setUint16(34, 16, true); // bits a sample
  text(36, "data");
  view.setUint32(40, dataLength, true);
  channels.forEach((samples, channel) =>
    samples.forEach((value, i) =>
      view.setInt16(44 + 2 * (i * nChannels + channel), Math.round(32767 * Math.max(-1, Math.min(1, value))), true),
    ),
  );
  return new Blob([view.buffer], { type: "audio/wav" });
}

/**
 * @param {ArrayBuffer} bytes  mono PCM-16, as the service writes it
 * @returns {Waveform}
 * @throws {Error} it is something else
 */
export function readWav(bytes) {
  let sampleRate = 0;
  for (const { tag, view } of chunks(bytes, 12)) {
    if (tag === "fmt ") sampleRate = view.getUint32(4, true);
    if (tag !== "data") continue;
    const samples = Float32Array.from({ length: view.byteLength >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32768);
    return { samples, sampleRate };
  }
  throw new Error("The answer is not a WAV file.");
}

/** @param {ArrayBuffer} bytes  as the service writes it @returns {Recipe} from the comment in the file, empty where there is none */
export function readRecipe(bytes) {
  for (const { tag, view } of chunks(bytes, 12)) {
    if (tag !== "LIST") continue;
    for (const entry of chunks(bytes, view.byteOffset + 4, view.byteOffset + view.byteLength)) {
      if (entry.tag !== "ICMT") continue;
      return JSON.parse(new TextDecoder().decode(entry.view).replace(/\0+$/, ""));
    }
  }
  return {};
}

/** @param {ArrayBuffer} bytes @param {number} start @param {number} [end] @returns {Generator<{tag: string, view: DataView}>} */
function* chunks(bytes, start, end = bytes.byteLength) {
  const whole = new DataView(bytes);
  for (let at = start; at + 8 <= end; ) {
    const length = whole.getUint32(at + 4, true);
    const tag = String.fromCharCode(...new Uint8Array(bytes, at, 4));
    yield { tag, view: new DataView(bytes, at + 8, Math.min(length, end - at - 8)) };
    at += 8 + length + (length % 2);
  }
}
