/** Labels of sounds: in words, and mixed along a path. */

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./api.js").LabelChoice} LabelChoice */

/** @typedef {Record<string, string[]>} Scales  the labels that are numbers, and their values, ascending */

const DECIMALS = 2; // of a number in words

/** @param {Labels} labels @param {Scales} scales @returns {string} such as "digit 7, speaker theo (80 %), pitch 60.5" */
export function worded(labels, scales) {
  return Object.entries(labels)
    .map(([name, choice]) => `${name} ${inWords(name, choice, scales)}`)
    .join(", ");
}

/** @param {string} name @param {LabelChoice} choice @param {Scales} scales @returns {string} the number, or the likeliest value */
export function inWords(name, choice, scales) {
  return scales[name] ? String(Number(numberOf(choice, scales[name]).toFixed(DECIMALS))) : likeliest(choice);
}

/** @param {LabelChoice} choice @returns {string} such as "theo (80 %)" */
export function likeliest(choice) {
  if (typeof choice === "string") return choice;
  const sum = Object.values(choice).reduce((a, b) => a + b, 0);
  const [first, second] = Object.entries(choice).sort((a, b) => b[1] - a[1]);
  const share = Math.round((100 * first[1]) / sum);
  if (share > 99) return first[0];
  return second && share < 80 ? `${first[0]} or ${second[0]}` : `${first[0]} (${share} %)`;
}

/** The number that a choice means: of weights, the mean of the heaviest value and of its two neighbours, as in audio/scale.py. @param {LabelChoice} choice @param {string[]} values  ascending @returns {number} */
export function numberOf(choice, values) {
  if (typeof choice === "string") return Number(choice);
  const weights = values.map((value) => choice[value] ?? 0);
  const heaviest = weights.indexOf(Math.max(...weights));
  const near = values.map((value, i) => ({ number: Number(value), weight: Math.abs(i - heaviest) <= 1 ? weights[i] : 0 }));
  return near.reduce((sum, { number, weight }) => sum + number * weight, 0) / near.reduce((sum, { weight }) => sum + weight, 0);
}

/** @param {Labels} from @param {Labels} to @param {number} share @returns {Labels} */
export function blended(from, to, share) {
  if (share <= 0) return from;
  if (share >= 1) return to;
  return Object.fromEntries(Object.keys(from).map((name) => [name, mixed(from[name], to[name] ?? from[name], share)]));
}

/** @param {LabelChoice} from @param {LabelChoice} to @param {number} share @returns {LabelChoice} */
function mixed(from, to, share) {
  if (from === to) return from;
  /** @type {Record<string, number>} */
  const weights = {};
  for (const [choice, part] of /** @type {[LabelChoice, number][]} */ ([[from, 1 - share], [to, share]])) {
    const own = typeof choice === "string" ? { [choice]: 1 } : choice;
    const sum = Object.values(own).reduce((a, b) => a + b, 0);
    for (const [value, weight] of Object.entries(own)) {
      weights[value] = Number(((weights[value] ?? 0) + (part * weight) / sum).toFixed(4));
    }
  }
  return weights;
}

/** Weights of at least a thousandth, and a plain value where one has nearly all. @param {Labels} labels @returns {Labels} */
export function simplified(labels) {
  return Object.fromEntries(
    Object.entries(labels).map(([name, choice]) => {
      if (typeof choice === "string") return [name, choice];
      const kept = Object.entries(choice).filter(([, weight]) => weight >= 0.001);
      if (kept.length === 1) return [name, kept[0][0]];
      return [name, Object.fromEntries(kept.map(([value, weight]) => [value, Number(weight.toFixed(4))]))];
    }),
  );
}

/** @param {string} word */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1).replaceAll("_", " ");
}
