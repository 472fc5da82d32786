/** The z that a sound has with other labels: the twin of `LatentMixture` in audio/latents.py. */

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {{share: number, clips: number[][], mean: number[]}} Component  the clips of one combination of labels */

const N_NEAREST = 3; // clips that the converted point approaches
const APPROACH = 0.5; // how far it goes to their mean, 0 to 1
const SMALL_SHARE = 1e-3; // a component with less is left out

/**
 * The point moves from the mean of the clips of its own labels to the mean of the clips of the others. Then it
 * moves part of the way to the clips that are most like it.
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
  const shareOf = (/** @type {Map<string, Component>} */ components, /** @type {string} */ key) => components.get(key)?.share ?? 0;
  const keys = [...new Set([...here.keys(), ...there.keys()])];
  const changed = keys.reduce((sum, key) => sum + Math.abs(shareOf(there, key) - shareOf(here, key)), 0) / 2; // 0 to 1
  const converted = deviation.map((value, i) => value + target[i]);
  for (const { share, clips, mean: own } of there.values()) {
    if (share < SMALL_SHARE || clips.length < N_NEAREST) continue;
    const distance = (/** @type {number[]} */ clip) => clip.reduce((sum, value, i) => sum + (value - own[i] - deviation[i]) ** 2, 0);
    const nearest = [...clips].sort((a, b) => distance(a) - distance(b)).slice(0, N_NEAREST);
    const part = APPROACH * changed * share;
    converted.forEach((_, i) => (converted[i] += part * (average(nearest.map((clip) => clip[i])) - own[i] - deviation[i])));
  }
  return converted;
}

/** The mean z of the clips of labels; where no clip has them all, the sum of what each label adds. @param {Projection} projection @param {Labels} labels @returns {number[]} */
function middleOf(projection, labels) {
  const together = componentsOf(projection, labels);
  if (together.size) return weightedMean(together);
  const overall = weightedMean(componentsOf(projection, {}));
  const single = Object.entries(labels)
    .map(([name, choice]) => componentsOf(projection, { [name]: choice }))
    .filter(({ size }) => size);
  return single.map(weightedMean).reduce((sum, middle) => sum.map((value, i) => value + middle[i] - overall[i]), overall);
}

/** The components that labels ask for, and the share of each. @param {Projection} projection @param {Labels} labels @returns {Map<string, Component>} */
function componentsOf(projection, labels) {
  const asked = Object.entries(labels).filter(([name]) => projection.labels[name]);
  /** @type {Map<string, Component>} */
  const components = new Map();
  let total = 0;
  for (let clip = 0; clip < projection.x.length; clip++) {
    const weight = asked.reduce((share, [name, choice]) => share * weightOf(choice, projection.valueOf(name, clip)), 1);
    if (weight === 0) continue;
    const key = projection.names.map((name) => projection.labels[name][clip]).join();
    const component = components.get(key) ?? { share: 0, clips: [], mean: [] };
    component.clips.push(projection.zOf(clip));
    component.share += weight;
    components.set(key, component);
    total += weight;
  }
  for (const component of components.values()) {
    component.share /= total;
    component.mean = component.clips[0].map((_, i) => average(component.clips.map((clip) => clip[i])));
  }
  return components;
}

/** @param {Map<string, Component>} components @returns {number[]} */
function weightedMean(components) {
  const all = [...components.values()];
  return all[0].mean.map((_, i) => all.reduce((sum, { share, mean }) => sum + share * mean[i], 0));
}

/** @param {number[]} values */
function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {string | Record<string, number>} choice @param {string} value */
function weightOf(choice, value) {
  return typeof choice === "string" ? Number(choice === value) : (choice[value] ?? 0);
}
