/** Points of the latent space: from a spot of the map to a sound, with labels, level and link. */

import { generate } from "./api.js";
import { convert } from "./conversion.js";
import { blended, worded } from "./labels.js";
import { packable, rounded } from "./packing.js";
import { N_BLENDED } from "./projection.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./link.js").Place} Place */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./projection.js").Spot} Spot */
/**
 * @typedef {object} Point
 * @property {number[]} z
 * @property {Labels} labels
 * @property {number} [level]      dBFS, where it is not the model's
 * @property {number} [duration]   seconds, where the sound does not last until it is silent
 * @property {Partial<Place>} [source]  how a link names it, where it is shorter than z and labels
 */

/**
 * The point at a spot, with the labels that it has there.
 * @param {Projection} projection
 * @param {Spot} spot
 * @param {string[]} names  the labels that the model takes
 * @returns {Point}
 */
export function pointAt(projection, { x, y }, names) {
  const spot = { x: rounded(x), y: rounded(y) };
  const clip = projection.labelled(spot);
  const known = names.filter((name) => projection.names.includes(name));
  const labels = Object.fromEntries(known.map((name) => [name, projection.valueOf(name, clip)]));
  const z = projection.toZ(spot).map(rounded);
  if (projection.flat || projection.shown.every(Boolean)) return { z, labels, source: { point: spot } };
  return { z: packable(z), labels }; // a link cannot name the spot: hidden clips take no part in its z
}

/** The point that a link names. @param {Projection} projection @param {import("./link.js").Where} where @param {Partial<Point>} own  what else the link says @param {string[]} names @returns {Point} */
export function pointFrom(projection, where, own, names) {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  if (Array.isArray(where)) return { labels: {}, ...given, z: where };
  const point = pointAt(projection, where, names);
  return Object.keys(given).length ? { ...point, ...given, source: undefined } : point;
}

/** How a link names a point. @param {Projection} projection @param {Point} point @returns {Partial<Place>} */
export function sourceOf(projection, { z, labels, level, duration, source }) {
  const point = projection.flat ? projection.toSpot(z) : z;
  return source ?? { point, labels, level, duration };
}

/** The point converted to other labels. @param {Projection} projection @param {Point} point @param {Labels} target @returns {Point} */
export function converted(projection, point, target) {
  if (!Object.keys(target).length) return point;
  const labels = { ...point.labels, ...target };
  const z = convert(projection, point.z, point.labels, labels).map(rounded);
  return { ...point, z, labels, duration: undefined };
}

/** The point at a share of the way from one to another. @param {Point} from @param {Point} to @param {number} share @returns {Point} */
export function between(from, to, share) {
  return {
    z: from.z.map((value, i) => rounded(value + share * (to.z[i] - value))),
    labels: blended(from.labels, to.labels, share),
  };
}

/**
 * The request for the sound of a point.
 * @param {string} model  name@version
 * @param {Projection} projection
 * @param {Point} point
 * @param {Record<string, string>} target  the labels to convert to
 * @param {string} [title]
 * @returns {import("./loader.js").SoundRequest}
 */
export function pointRequest(model, projection, point, target, title = "Point on the map") {
  const result = converted(projection, point, target);
  return {
    call: generate(model, result),
    describe: () => ({
      kind: "point",
      title: [title, worded(result.labels, projection.scales)].filter(Boolean).join(": "),
      about: about(point, projection),
      place: { model, ...sourceOf(projection, point), target },
      z: result.z,
      labels: result.labels,
      point,
    }),
  };
}

/** @param {Point} point @param {Projection} projection */
function about({ z, source }, projection) {
  if (projection.flat) return `Its coordinates in the model are ${z.map(rounded).join(" and ")}.`;
  const axes = projection.xNumber ? `${projection.xNumber} and 1` : "2";
  const shown = `The map shows ${axes} of the model's ${z.length} dimensions.`;
  return source?.point ? `${shown} The ${N_BLENDED} nearest recordings determine the others.` : shown;
}
