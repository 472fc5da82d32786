/** From a spot of the map to a sound: its z, its labels, what is said about it. */

import { generate } from "./api.js";
import { worded } from "./labels.js";
import { N_BLENDED, rounded } from "./space.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./space.js").Space} Space */
/**
 * @typedef {object} Point
 * @property {number[]} z
 * @property {Labels} labels
 * @property {number} [level]     dBFS, where it is not the model's own
 * @property {number} [duration]  seconds, where it is not until silence
 */

/**
 * The point under a spot, with the labels of the nearest clip.
 * @param {Space} space
 * @param {import("./space.js").Spot} spot
 * @param {string[]} names  the labels that the model takes
 * @returns {Point}
 */
export function pointAt(space, spot, names) {
  const [near] = space.nearest(spot);
  const told = names.filter((name) => space.names.includes(name));
  return { z: space.toZ(spot), labels: Object.fromEntries(told.map((name) => [name, space.valueOf(name, near.clip)])) };
}

/** The point in another tone. @param {Space} space @param {Point} point @param {Labels} tone  instead of its own @returns {Point} */
export function toned(space, point, tone) {
  if (!Object.keys(tone).length) return point;
  const labels = { ...point.labels, ...tone };
  return { ...point, z: space.carried(point.z, point.labels, labels), labels, duration: undefined }; // until silence
}

/**
 * @param {string} model  name@version
 * @param {Point} point  before a tone was asked for
 * @param {Point} said  in that tone
 * @param {string} [title]
 * @returns {import("./studio.js").Wish}
 */
export function pointWish(model, point, said, title = "A point of the map") {
  const { z, labels, level, duration } = said;
  return {
    recipe: generate(model, said),
    describe: () => ({
      kind: "point",
      title: [title, worded(labels)].filter(Boolean).join(": "),
      about: z.length > 2 ? spread(z.length) : `z is ${z.map((value) => rounded(value)).join(", ")}.`,
      place: { model, z, labels, level, duration },
      z,
      labels,
      point,
    }),
  };
}

/** @param {number} latentDim */
function spread(latentDim) {
  return `The map shows 2 of ${latentDim} dimensions; the ${N_BLENDED} nearest clips tell the others.`;
}
