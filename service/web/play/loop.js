/** The loop in the sustain of a note, which lasts for as long as its key is held. */

/** @typedef {{start: number, end: number, from: number, decay: number}} Loop  seconds, the level is even after `from`; dB a second that the note loses */

const EARLIEST_S = 0.45; // attacks are over
const LATEST_S = 1.35; // the notes that the model learned are released at 1.5 s
const TAIL_S = 0.3; // at the end, where a short note dies away
const SHORTEST_S = 0.25;
const WINDOW_S = 0.04; // that is alike before both ends
const FADE_S = 0.08; // of the end into what is before the start
const LEVEL_S = 0.1;
const COARSE = 8; // samples that the first search averages
const FADED = 0.02; // of the peak: the note is over
const STEADY = 1.5; // dB a second: a note that loses less is held evenly

/**
 * The loop, with its joint faded and its level evened in the samples.
 * @param {Float32Array} samples
 * @param {number} rate  Hz
 * @returns {Loop | null} null where the note is too short
 */
export function makeLoop(samples, rate) {
  const [first, shortest, window, fade, half] = [EARLIEST_S, SHORTEST_S, WINDOW_S, FADE_S, LEVEL_S / 2].map((s) => Math.round(s * rate));
  const end = Math.round(Math.min(LATEST_S * rate, samples.length - TAIL_S * rate));
  if (end - first < shortest) return null;
  const start = alike(samples, end, first, end - shortest, window);
  const ratio = level(samples, start - half, start + half) / level(samples, end - half, end + half);
  if (level(samples, end - half, end + half) < FADED * samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0)) return null;
  const growth = Math.log(ratio) / (end - start);
  const from = start - fade;
  const step = Math.exp(growth);
  for (let i = from, gain = 1; i < end; i++, gain *= step) samples[i] *= gain;
  join(samples, start, end, fade);
  const decay = (20 * rate * growth) / Math.LN10;
  return { start: start / rate, end: end / rate, from: from / rate, decay: decay > STEADY ? decay : 0 };
}

/** The place whose past is most like that of `end`. @param {Float32Array} samples @param {number} end @param {number} from @param {number} to @param {number} window */
function alike(samples, end, from, to, window) {
  const coarse = Float32Array.from({ length: Math.floor(end / COARSE) }, (_, i) => {
    let sum = 0;
    for (let n = 0; n < COARSE; n++) sum += samples[i * COARSE + n];
    return sum;
  });
  const near = COARSE * best(coarse, coarse.length, Math.ceil(from / COARSE), Math.floor(to / COARSE), Math.floor(window / COARSE));
  const offset = end - COARSE * coarse.length;
  return best(samples, end, near + offset - COARSE, near + offset + COARSE, window);
}

/** @param {Float32Array} samples @param {number} end @param {number} from @param {number} to @param {number} window */
function best(samples, end, from, to, window) {
  let [place, highest] = [from, -2];
  for (let at = from; at <= to; at++) {
    const likeness = correlation(samples, at, end, window);
    if (likeness > highest) [place, highest] = [at, likeness];
  }
  return place;
}

/** @param {Float32Array} samples @param {number} a @param {number} b @param {number} window  samples before a and b @returns {number} [-1, 1] */
function correlation(samples, a, b, window) {
  let [product, aa, bb] = [0, 1e-12, 1e-12];
  for (let i = 1; i <= window; i++) {
    const [x, y] = [samples[a - i], samples[b - i]];
    product += x * y;
    aa += x * x;
    bb += y * y;
  }
  return product / Math.sqrt(aa * bb);
}

/** @param {Float32Array} samples @param {number} from @param {number} to @returns {number} root mean square */
function level(samples, from, to) {
  let sum = 1e-12;
  for (let i = from; i < to; i++) sum += samples[i] ** 2;
  return Math.sqrt(sum / (to - from));
}

/** Fades the end into what is before the start, at equal power. @param {Float32Array} samples @param {number} start @param {number} end @param {number} length */
function join(samples, start, end, length) {
  const likeness = correlation(samples, start, end, length);
  for (let i = 0; i < length; i++) {
    const share = i / length;
    const norm = Math.sqrt(share ** 2 + (1 - share) ** 2 + 2 * share * (1 - share) * likeness);
    samples[end - length + i] = ((1 - share) * samples[end - length + i] + share * samples[start - length + i]) / norm;
  }
}
