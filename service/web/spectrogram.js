/** Pictures of a waveform: its curve above, its spectrogram below, with axes in seconds and kilohertz. */

/** @typedef {import("./wav.js").Waveform} Waveform */

const FLOOR_DB = 60; // under the loudest cell
const MAX_FRAMES = 400;
const WAVE_SHARE = 0.28; // of the height
const AXIS = { left: 30, bottom: 16 }; // CSS pixels

/** @param {Waveform} waveform @returns {{levels: Float32Array, nFrames: number, nBins: number}} levels in [0, 1], frame by frame */
export function spectrogram({ samples, sampleRate }) {
  const nFft = 2 ** Math.round(Math.log2(0.032 * sampleRate)); // 32 ms, as long as a vowel stays what it is
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

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Waveform | null} waveform
 * @param {number} seconds  the length of the time axis
 */
export function draw(canvas, waveform, seconds) {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const paint = canvas.getContext("2d");
  if (!paint || !width) return;
  paint.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const split = Math.round(height * WAVE_SHARE);
  const box = { x: AXIS.left, y: split + 6, width: width - AXIS.left - 1, height: height - split - 6 - AXIS.bottom };
  const ramp = heat(colour("--heat"));
  paint.fillStyle = `rgb(${[...ramp.slice(0, 3)]})`;
  paint.fillRect(box.x, box.y, box.width, box.height);
  paint.strokeStyle = colour("--line");
  paint.strokeRect(box.x, split / 2, box.width, 0);
  if (!waveform) return;
  const share = Math.min(1, waveform.samples.length / waveform.sampleRate / seconds);
  curve(paint, waveform.samples, { x: box.x, y: 0, width: box.width * share, height: split }, colour("--accent"));
  paint.imageSmoothingQuality = "high";
  paint.drawImage(image(spectrogram(waveform), ramp), box.x, box.y, box.width * share, box.height);
  paint.fillStyle = colour("--soft");
  paint.font = `11px ${style.fontFamily}`;
  paint.fillText("0", box.x, height - 3);
  paint.textAlign = "right";
  paint.fillText(`${seconds.toFixed(2)} s`, width - 2, height - 3);
  const khz = waveform.sampleRate / 2000;
  for (const part of [0, 0.5, 1]) {
    paint.fillText(`${+(khz * part).toFixed(1)}${part === 1 ? "k" : ""}`, box.x - 4, box.y + (1 - part) * (box.height - 9) + 9);
  }
}

/** @param {string} stops  colours, comma separated @returns {Uint8ClampedArray} 256 colours in a row */
function heat(stops) {
  const line = new OffscreenCanvas(256, 1).getContext("2d");
  if (!line) return new Uint8ClampedArray(1024);
  const gradient = line.createLinearGradient(0, 0, 256, 0);
  stops.split(",").forEach((stop, i, all) => gradient.addColorStop(i / (all.length - 1), stop.trim()));
  line.fillStyle = gradient;
  line.fillRect(0, 0, 256, 1);
  const rgba = line.getImageData(0, 0, 256, 1).data;
  return rgba.filter((_, i) => i % 4 < 3);
}

/** @param {ReturnType<typeof spectrogram>} picture @param {Uint8ClampedArray} ramp */
function image({ levels, nFrames, nBins }, ramp) {
  const canvas = new OffscreenCanvas(nFrames, nBins);
  const pixels = new ImageData(nFrames, nBins);
  for (let frame = 0; frame < nFrames; frame++) {
    for (let bin = 0; bin < nBins; bin++) {
      const at = 4 * ((nBins - 1 - bin) * nFrames + frame);
      const from = 3 * Math.round(255 * levels[frame * nBins + bin]);
      pixels.data.set(ramp.subarray(from, from + 3), at);
      pixels.data[at + 3] = 255;
    }
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

/** @param {CanvasRenderingContext2D} paint @param {Float32Array} samples @param {{x: number, y: number, width: number, height: number}} box @param {string} colour */
function curve(paint, samples, box, colour) {
  const nColumns = Math.max(1, Math.floor(box.width));
  let peak = 1e-6;
  for (const value of samples) peak = Math.max(peak, Math.abs(value));
  const middle = box.y + box.height / 2;
  paint.fillStyle = colour;
  for (let column = 0; column < nColumns; column++) {
    let [low, high] = [0, 0];
    const end = Math.floor(((column + 1) * samples.length) / nColumns);
    for (let i = Math.floor((column * samples.length) / nColumns); i < end; i++) {
      low = Math.min(low, samples[i]);
      high = Math.max(high, samples[i]);
    }
    const scale = (box.height / 2 - 1) / peak;
    paint.fillRect(box.x + column, middle - high * scale, 1, Math.max(1, (high - low) * scale));
  }
}
