/** WAV files: bytes from samples and samples from bytes. */

/** @typedef {{samples: Float32Array, sampleRate: number}} Waveform  mono, [-1, 1] */

/** @param {Waveform} waveform @returns {Blob} mono, PCM-16 */
export function writeWav({ samples, sampleRate }) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (/** @type {number} */ at, /** @type {string} */ word) =>
    [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits a sample
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) => view.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, value))), true));
  return new Blob([view.buffer], { type: "audio/wav" });
}

/**
 * @param {ArrayBuffer} bytes  mono PCM-16, as the service writes it
 * @returns {Waveform}
 * @throws {Error} it is something else
 */
export function readWav(bytes) {
  const view = new DataView(bytes);
  const tag = (/** @type {number} */ at) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  let sampleRate = 0;
  if (bytes.byteLength >= 44 && tag(0) === "RIFF") {
    for (let at = 12; at + 8 <= bytes.byteLength; ) {
      const length = view.getUint32(at + 4, true);
      if (tag(at) === "fmt ") sampleRate = view.getUint32(at + 12, true);
      if (tag(at) === "data") return { samples: samplesOf(view, at + 8, length), sampleRate };
      at += 8 + length + (length % 2);
    }
  }
  throw new Error("The answer is not a WAV file.");
}

/** @param {DataView} view @param {number} start @param {number} length */
function samplesOf(view, start, length) {
  const nSamples = Math.min(length, view.byteLength - start) >> 1;
  return Float32Array.from({ length: nSamples }, (_, i) => view.getInt16(start + 2 * i, true) / 32768);
}

/**
 * The sound without the silence before it: from 60 ms before the first 10 ms block that is within 30 dB of the
 * loudest one. Models hear only the start of a recording.
 * @param {Waveform} waveform
 * @returns {Waveform}
 */
export function fromOnset({ samples, sampleRate }) {
  const block = Math.round(0.01 * sampleRate);
  const powers = Array.from({ length: Math.floor(samples.length / block) }, (_, i) => {
    let sum = 0;
    for (let j = i * block; j < (i + 1) * block; j++) sum += samples[j] ** 2;
    return sum;
  });
  const threshold = Math.max(...powers) / 1000;
  const first = Math.max(0, powers.findIndex((power) => power >= threshold) - 6);
  return { samples: samples.slice(first * block), sampleRate };
}
