/** Which recordings are near to an asked number, such as a pitch: the twin of audio/nearness.py. */

/** @typedef {import("./api.js").LabelChoice} LabelChoice */
/** @typedef {{clips: number[], shares: number[]}} Near  indices of recordings, and how much each counts, in sum 1 */

const WIDTH = 1.5; // steps between a label's values: how far from it a recording has 0.6 of the weight
const SMALL_WEIGHT = 1e-2; // of the nearest recording's, under which one is none of the near ones

/**
 * @param {number[][]} places  of each number the index of every recording's value
 * @param {number[]} asked  of each number the place that is asked for
 * @returns {Near}
 */
export function nearClips(places, asked) {
  const squares = places[0].map((_, clip) => asked.reduce((sum, place, n) => sum + (places[n][clip] - place) ** 2, 0));
  const least = squares.reduce((a, b) => Math.min(a, b));
  const weights = squares.map((square) => Math.exp((least - square) / (2 * WIDTH ** 2)));
  const clips = [...weights.keys()].filter((clip) => weights[clip] >= SMALL_WEIGHT);
  const total = clips.reduce((sum, clip) => sum + weights[clip], 0);
  return { clips, shares: clips.map((clip) => weights[clip] / total) };
}

/** Where weights lie on the scale of their values: an index, or between two. @param {number[]} weights @returns {number} */
export function placeOf(weights) {
  const heaviest = weights.indexOf(Math.max(...weights));
  const near = [heaviest - 1, heaviest, heaviest + 1].filter((place) => weights[place]);
  return near.reduce((sum, place) => sum + place * weights[place], 0) / near.reduce((sum, place) => sum + weights[place], 0);
}

/** The weights of a number's values: of the two around it, as the service reads them. @param {LabelChoice} choice @param {string[]} values  ascending @returns {number[]} */
export function numberWeights(choice, values) {
  if (typeof choice === "string") return around(Number(choice), values);
  const given = values.map((value) => choice[value] ?? 0);
  const total = given.reduce((a, b) => a + b, 0);
  const weights = given.map((weight) => weight / total);
  const places = [...weights.keys()].filter((place) => weights[place]);
  if (places[places.length - 1] - places[0] <= 1) return weights;
  return around(weights.reduce((sum, weight, place) => sum + weight * Number(values[place]), 0), values);
}

/** @param {number} number @param {string[]} values @returns {number[]} */
function around(number, values) {
  const scale = values.map(Number);
  if (scale.length === 1) return [1];
  const below = Math.min(Math.max(scale.findLastIndex((value) => value <= number), 0), scale.length - 2);
  const share = Math.min(Math.max((number - scale[below]) / (scale[below + 1] - scale[below]), 0), 1);
  return scale.map((_, place) => (place === below ? 1 - share : place === below + 1 ? share : 0));
}
