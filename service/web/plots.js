/** Plots of a waveform: its curve above, its spectrogram below, with axes in seconds and kilohertz. */

import { spectrogram } from "./spectrogram.js";

/** @typedef {import("./wav.js").Waveform} Waveform */
/** @typedef {{x: number, y: number, width: number, height: number}} Box  CSS pixels */

const WAVE_SHARE = 0.28; // of the height
const GAP = 6; // CSS pixels, as are the next two
export const AXIS_LEFT = 40;
const AXIS_BOTTOM = 16;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Waveform | null} waveform
 * @param {number} seconds  the length of the time axis
 */
export function drawSound(canvas, waveform, seconds) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const paint = prepared(canvas);
  if (!paint || !width) return;
  const style = getComputedStyle(canvas);
  const ramp = heat(style.getPropertyValue("--heat"));
  const top = Math.round(height * WAVE_SHARE);
  const box = { x: AXIS_LEFT, y: top + GAP, width: width - AXIS_LEFT - 1, height: height - top - GAP - AXIS_BOTTOM };
  paint.fillStyle = `rgb(${ramp.slice(0, 3)})`;
  paint.fillRect(box.x, box.y, box.width, box.height);
  paint.strokeStyle = style.getPropertyValue("--line");
  paint.strokeRect(box.x, top / 2, box.width, 0);
  if (!waveform) return;
  const long = box.width * Math.min(1, waveform.samples.length / waveform.sampleRate / seconds);
  curve(paint, waveform.samples, { x: box.x, y: 0, width: long, height: top }, style.getPropertyValue("--accent"));
  paint.imageSmoothingQuality = "high";
  paint.drawImage(bitmap(spectrogram(waveform), ramp), box.x, box.y, long, box.height);
  paint.fillStyle = style.getPropertyValue("--soft");
  paint.font = `11px ${style.fontFamily}`;
  axes(paint, box, seconds, waveform.sampleRate / 2000);
}

/** @param {HTMLCanvasElement} canvas @param {Waveform | undefined} waveform @param {number} seconds  the length of the time axis */
export function drawWaveform(canvas, waveform, seconds) {
  const paint = prepared(canvas);
  if (!paint || !waveform) return;
  const width = (canvas.clientWidth * waveform.samples.length) / waveform.sampleRate / seconds;
  const box = { x: 0, y: 0, width: Math.min(width, canvas.clientWidth), height: canvas.clientHeight };
  curve(paint, waveform.samples, box, getComputedStyle(canvas).getPropertyValue("--accent"));
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D | null} empty, in CSS pixels */
function prepared(canvas) {
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  const paint = canvas.getContext("2d");
  paint?.scale(devicePixelRatio, devicePixelRatio);
  return paint;
}

/** @param {CanvasRenderingContext2D} paint @param {Box} box @param {number} seconds @param {number} khz */
function axes(paint, box, seconds, khz) {
  const below = box.y + box.height + AXIS_BOTTOM - 3;
  paint.fillText("0", box.x, below);
  paint.textAlign = "right";
  paint.fillText(`${seconds.toFixed(2)} s`, box.x + box.width, below);
  for (const share of [0, 0.5, 1]) {
    const unit = share === 1 ? " kHz" : "";
    paint.fillText(`${+(khz * share).toPrecision(2)}${unit}`, box.x - 4, box.y + (1 - share) * (box.height - 9) + 9);
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

/** @param {ReturnType<typeof spectrogram>} levels @param {Uint8ClampedArray} ramp */
function bitmap({ levels, nFrames, nBins }, ramp) {
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

/** @param {CanvasRenderingContext2D} paint @param {Float32Array} samples @param {Box} box @param {string} colour */
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
