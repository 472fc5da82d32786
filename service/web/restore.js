/** The sound that a link names, shown without being played: browsers allow sound only after a click. */

import { input } from "./elements.js";

/** @typedef {import("./link.js").Place} Place */

/**
 * @param {import("./app.js").App} app  with the link's model open
 * @param {Place} place
 * @throws {Error} a tool cannot show what the link asks for
 */
export async function restore(app, place) {
  check(app.model, place);
  app.targets.choose(place.target ?? {});
  if (place.seed !== undefined) {
    app.openTool("samples");
    app.samples.set(place.seed, place.temperature ?? app.model.latent_distribution.temperature);
    await app.samples.sample(false);
  } else if (place.point) {
    const { labels, level, duration } = place;
    await app.playPoint(app.pointFrom(place.point, { labels, level, duration }), "press", "Sound of the link", false);
  } else if (place.path) {
    await restorePath(app, place);
  }
}

/** @param {import("./app.js").App} app @param {Place} place */
async function restorePath(app, { path = [], ends, levels, steps, share }) {
  const [a, b] = path.map((where, i) => app.pointFrom(where, { labels: nonEmpty(ends?.[i]), level: levels?.[i] }));
  app.morph.reset({ a, b }, share);
  if (steps !== undefined) input("steps").value = String(steps);
  app.openTool("morph");
  if (share === undefined) await app.morph.playPath(false);
  else await app.morph.playStep("press", false);
}

/** @param {any} model @param {Place} place */
function check(model, { target = {}, steps, temperature, share }) {
  for (const [name, value] of Object.entries(target)) {
    if (!has(model, name, value)) throw new Error(`The link asks for ${name} ${value}, which ${model.reference} does not have.`);
  }
  for (const [name, value] of Object.entries({ steps, temperature, share })) {
    const { min, max } = input(name);
    if (value !== undefined && !(value >= Number(min) && value <= Number(max)))
      throw new Error(`The link asks for ${name} ${value}; ${min} to ${max} are possible.`);
  }
}

/** Whether a sound can be converted to a value; of a number also to what lies between two. @param {any} model @param {string} name @param {string} value */
function has({ labels, numbers }, name, value) {
  const values = labels[name] ?? [];
  if (!(name in numbers) || value.trim() === "") return values.includes(value);
  return Number(value) >= Number(values[0]) && Number(value) <= Number(values[values.length - 1]);
}

/** @param {import("./api.js").Labels | undefined} labels */
function nonEmpty(labels) {
  return labels && Object.keys(labels).length ? labels : undefined;
}
