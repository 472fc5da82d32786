/** The spectrogram of a waveform, as levels for a plot. */

/** @typedef {import("./wav.js").Waveform} Waveform */

const FLOOR_DB = 60; // under the loudest cell
const MAX_FRAMES = 400;

/** @param {Waveform} waveform @returns {{levels: Float32Array, nFrames: number, nBins: number}} levels in [0, 1], frame by frame */
export function spectrogram({ samples, sampleRate }) {
  const nFft = 2 ** Math.round(Math.log2(0.032 * sampleRate)); // 32 ms; a vowel changes little in that time
  const hop = Math.max(nFft / 4, Math.ceil(samples.length / MAX_FRAMES));
  const nFrames = Math.max(1, Math.ceil(samples.length / hop));
  const nBins = nFft / 2;
  const window = Float32Array.from({ length: nFft }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / nFft));
  const levels = new Float32Array(nFrames * nBins);
  const real = new Float32Array(nFft);
  const imaginary = new Float32Array(nFft);
  let peak = 1e-12;
  for (let frame = 0; frame < nFrames; frame++) {
    const start = frame * hop - nFft / 2;
    for (let i = 0; i < nFft; i++) real[i] = (samples[start + i] ?? 0) * window[i];
    imaginary.fill(0);
    fft(real, imaginary);
    for (let bin = 0; bin < nBins; bin++) {
      const power = real[bin] ** 2 + imaginary[bin] ** 2;
      levels[frame * nBins + bin] = power;
      peak = Math.max(peak, power);
    }
  }
  for (let i = 0; i < levels.length; i++) levels[i] = Math.max(0, 1 + (10 * Math.log10(levels[i] / peak + 1e-12)) / FLOOR_DB);
  return { levels, nFrames, nBins };
}

/** In place, radix 2. @param {Float32Array} real @param {Float32Array} imaginary */
export function fft(real, imaginary) {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const c = Math.cos(angle);
      const s = Math.sin(angle);
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const re = real[b] * c - imaginary[b] * s;
        const im = real[b] * s + imaginary[b] * c;
        real[b] = real[a] - re;
        imaginary[b] = imaginary[a] - im;
        real[a] += re;
        imaginary[a] += im;
      }
    }
  }
}
