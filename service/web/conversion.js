/** The z that a sound has with other labels: the twin of `LatentMixture` in audio/latents.py. */

import { nearClips, numberWeights, placeOf } from "./nearness.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {{share: number, clips: number[]}} Component  the recordings of one combination of names, as indices */
/** @typedef {{clips: number[][], mean: number[]}} Cloud  the z of recordings, and their mean */

const N_NEAREST = 3; // clips that the converted point approaches
const APPROACH = 0.5; // how far it goes to their mean, 0 to 1
const SMALL_SHARE = 1e-3; // a component with less is left out

/**
 * The point moves from the mean of the clips of its own labels to the mean of the clips of the others. Then it
 * moves part of the way to the clips that are most like it. Of labels that are numbers, the clips that are near count.
 * @param {Projection} projection
 * @param {number[]} z
 * @param {Labels} from
 * @param {Labels} to
 * @returns {number[]}
 */
export function convert(projection, z, from, to) {
  const [here, there] = [componentsOf(projection, from), componentsOf(projection, to)];
  const [origin, target] = [middleOf(projection, from), middleOf(projection, to)];
  const deviation = z.map((value, i) => value - origin[i]);
  const converted = deviation.map((value, i) => value + target[i]);
  const changed = Math.max(moved(here, there), ...numbersOf(projection, to).map((name) => moved(weightsOf(projection, name, from), weightsOf(projection, name, to))));
  for (const { share, clips: all } of there.values()) {
    if (share < SMALL_SHARE) continue;
    const { clips, mean: own } = cloudOf(projection, all, to);
    if (clips.length < N_NEAREST) continue;
    const distance = (/** @type {number[]} */ clip) => clip.reduce((sum, value, i) => sum + (value - own[i] - deviation[i]) ** 2, 0);
    const nearest = clips.map((clip) => ({ clip, far: distance(clip) })).sort((a, b) => a.far - b.far).slice(0, N_NEAREST);
    const part = APPROACH * changed * share;
    converted.forEach((_, i) => (converted[i] += part * (average(nearest.map(({ clip }) => clip[i])) - own[i] - deviation[i])));
  }
  return converted;
}

/** The share of what changes, 0 to 1. @param {Map<string, Component>} here @param {Map<string, Component>} there @returns {number} */
function moved(here, there) {
  const shareOf = (/** @type {Map<string, Component>} */ parts, /** @type {string} */ key) => parts.get(key)?.share ?? 0;
  const keys = [...new Set([...here.keys(), ...there.keys()])];
  return keys.reduce((sum, key) => sum + Math.abs(shareOf(there, key) - shareOf(here, key)), 0) / 2;
}

/** The labels that are numbers. @param {Projection} projection @param {Labels} labels @returns {string[]} */
function numbersOf(projection, labels) {
  return Object.keys(labels).filter((name) => projection.labels[name] && projection.numbers.includes(name));
}

/** The weights of a number's values. @param {Projection} projection @param {string} name @param {Labels} labels @returns {Map<string, Component>} */
function weightsOf(projection, name, labels) {
  const weights = numberWeights(labels[name] ?? "", projection.values[name]);
  return new Map(weights.map((share, place) => [String(place), { share, clips: [] }]));
}

/** The mean z of the clips of labels; where no clip has them all, the sum of what each name adds. @param {Projection} projection @param {Labels} labels @returns {number[]} */
function middleOf(projection, labels) {
  const together = componentsOf(projection, labels);
  if (together.size) return weightedMean(projection, together, labels);
  const overall = weightedMean(projection, componentsOf(projection, {}), {});
  const single = Object.entries(labels)
    .filter(([name]) => projection.labels[name] && !projection.numbers.includes(name))
    .map(([name, choice]) => componentsOf(projection, { [name]: choice }))
    .filter(({ size }) => size);
  return single.map((parts) => weightedMean(projection, parts, {})).reduce((sum, middle) => sum.map((value, i) => value + middle[i] - overall[i]), overall);
}

/** The components that labels ask for, and the share of each. Numbers do not count. @param {Projection} projection @param {Labels} labels @returns {Map<string, Component>} */
function componentsOf(projection, labels) {
  const names = projection.names.filter((name) => !projection.numbers.includes(name));
  const asked = Object.entries(labels).filter(([name]) => names.includes(name));
  /** @type {Map<string, Component>} */
  const components = new Map();
  let total = 0;
  for (let clip = 0; clip < projection.x.length; clip++) {
    const weight = asked.reduce((share, [name, choice]) => share * weightOf(choice, projection.valueOf(name, clip)), 1);
    if (weight === 0) continue;
    const key = names.map((name) => projection.labels[name][clip]).join();
    const component = components.get(key) ?? { share: 0, clips: [] };
    component.clips.push(clip);
    component.share += weight;
    components.set(key, component);
    total += weight;
  }
  for (const component of components.values()) component.share /= total;
  return components;
}

/** The clips that are near to the numbers of labels; all of them where labels have none. @param {Projection} projection @param {number[]} clips @param {Labels} labels @returns {Cloud} */
function cloudOf(projection, clips, labels) {
  const numbers = numbersOf(projection, labels);
  const places = numbers.map((name) => clips.map((clip) => projection.labels[name][clip]));
  const asked = numbers.map((name) => placeOf(numberWeights(labels[name], projection.values[name])));
  const near = numbers.length ? nearClips(places, asked) : { clips: [...clips.keys()], shares: clips.map(() => 1 / clips.length) };
  const zs = near.clips.map((i) => projection.zOf(clips[i]));
  return { clips: zs, mean: zs[0].map((_, i) => near.shares.reduce((sum, share, n) => sum + share * zs[n][i], 0)) };
}

/** @param {Projection} projection @param {Map<string, Component>} components @param {Labels} labels @returns {number[]} */
function weightedMean(projection, components, labels) {
  const all = [...components.values()].map(({ share, clips }) => ({ share, mean: cloudOf(projection, clips, labels).mean }));
  return all[0].mean.map((_, i) => all.reduce((sum, { share, mean: own }) => sum + share * own[i], 0));
}

/** @param {number[]} values */
function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {string | Record<string, number>} choice @param {string} value */
function weightOf(choice, value) {
  return typeof choice === "string" ? Number(choice === value) : (choice[value] ?? 0);
}
