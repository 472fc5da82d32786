/** The link of a sound: the part behind # says how to make it again. */

import { packed, unpacked } from "./packing.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./projection.js").Spot} Spot */
/** @typedef {Spot | number[]} Where  a spot of the map, or z */
/**
 * @typedef {object} Place  what a link says
 * @property {string} model           name@version
 * @property {number} [seed]          a sample
 * @property {number} [temperature]
 * @property {Where} [point]          or a point
 * @property {Labels} [labels]        its own, where it is no spot of the map
 * @property {number} [level]         dBFS, where it is not the model's
 * @property {number} [duration]      seconds, where the sound does not last until it is silent
 * @property {Where[]} [path]         or a path from one point to another
 * @property {Labels[]} [ends]        the labels of its two ends
 * @property {(number | undefined)[]} [levels]  and their levels
 * @property {number} [steps]
 * @property {number} [share]         only the sound at this share of the path, 0 to 1
 * @property {Record<string, string>} [target]  the labels that the sound is converted to
 */

const WEIGHT_STEPS = 10_000; // of a label weight of 1
const NAMES = ["model", "seed", "temperature", "point", "labels", "level", "duration", "path", "ends", "levels", "steps", "share", "label"];

/** @param {Place} place @returns {string} with the leading # */
export function writeLink(place) {
  /** @type {[string, unknown][]} */
  const parts = [
    ["model", place.model],
    ["seed", place.seed],
    ["temperature", place.temperature],
    ["point", place.point && writeWhere(place.point)],
    ["labels", written(place.labels)],
    ["level", place.level],
    ["duration", place.duration],
    ["path", place.path?.map(writeWhere).join(";")],
    ["ends", place.ends?.map(written).join("|")],
    ["levels", place.levels?.some((level) => level !== undefined) ? place.levels.join(",") : undefined],
    ["steps", place.steps],
    ["share", place.share],
    ...Object.entries(place.target ?? {}).map(([name, value]) => /** @type {[string, string]} */ (["label", `${name}:${value}`])),
  ];
  const given = parts.filter(([, value]) => value !== undefined && value !== "|");
  return "#" + given.map(([name, value]) => `${name}=${escaped(String(value))}`).join("&");
}

/**
 * @param {string} hash
 * @returns {Place | null} null where it names no model
 * @throws {Error} it cannot be read
 */
export function readLink(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, "").replaceAll("+", "%2B"));
  const model = parts.get("model");
  if (!model) return null;
  for (const name of parts.keys()) {
    if (!NAMES.includes(name)) throw new Error(`The link cannot be read: it contains "${name.slice(0, 40)}", which this page does not know.`);
  }
  /** @type {(name: string, parse: (text: string) => any) => any} the value of a part, undefined where it is missing */
  const read = (name, parse) => {
    const text = parts.get(name);
    if (text === null) return undefined;
    const value = parse(text);
    if (value === null) throw new Error(`The link cannot be read: its ${name} is "${text.slice(0, 40)}".`);
    return value;
  };
  return {
    model,
    seed: read("seed", (text) => (Number(whole(text) ?? -1) >= 0 ? whole(text) : null)),
    temperature: read("temperature", number),
    point: read("point", readWhere),
    labels: read("labels", readLabels),
    level: read("level", number),
    duration: read("duration", number),
    path: read("path", (text) => pair(text.split(";").map(readWhere))),
    ends: read("ends", (text) => pair(text.split("|").map((labels) => (labels ? readLabels(labels) : {})))),
    levels: read("levels", (text) => pair(text.split(",").map((level) => number(level) ?? undefined))),
    steps: read("steps", whole),
    share: read("share", number),
    target: Object.fromEntries(parts.getAll("label").map((text) => [text.split(":")[0], text.slice(text.indexOf(":") + 1)])),
  };
}

/** @param {Where} where */
function writeWhere(where) {
  return Array.isArray(where) ? packed(where) : `${where.x},${where.y}`;
}

/** @param {string} text @returns {Where | null} */
function readWhere(text) {
  if (!text.includes(",")) return unpacked(text);
  const [x, y, ...more] = text.split(",").map(number);
  return x === null || y === null || more.length ? null : { x, y };
}

/** @param {string} text  commas and the like stay readable */
function escaped(text) {
  return encodeURIComponent(text).replace(/%(2C|3A|40|3B)/g, decodeURIComponent);
}

/** digit:7;speaker:theo@2500,lucas@7500 with weights in ten-thousandths. @param {Labels | undefined} labels @returns {string | undefined} */
function written(labels) {
  if (!labels || !Object.keys(labels).length) return undefined;
  const weighted = (/** @type {Record<string, number>} */ weights) =>
    Object.entries(weights).map(([value, weight]) => `${encodeURIComponent(value)}@${Number((WEIGHT_STEPS * weight).toFixed(2))}`).join(",");
  return Object.entries(labels)
    .map(([name, choice]) => `${encodeURIComponent(name)}:${typeof choice === "string" ? encodeURIComponent(choice) : weighted(choice)}`)
    .join(";");
}

/** @param {any} values @returns {any[] | null} */
function pair(values) {
  return Array.isArray(values) && values.length === 2 && !values.includes(null) ? values : null;
}

/** @param {string} text */
function number(text) {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

/** @param {string} text */
function whole(text) {
  const value = number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** @param {string} text @returns {Labels | null} null where it is no labels */
function readLabels(text) {
  if (!/^[^:;]+:[^:;]+(;[^:;]+:[^:;]+)*$/.test(text)) return null;
  const choice = (/** @type {string} */ part) =>
    part.includes("@")
      ? Object.fromEntries(part.split(",").map((each) => [decodeURIComponent(each.split("@")[0]), Number(each.split("@")[1]) / WEIGHT_STEPS]))
      : decodeURIComponent(part);
  return Object.fromEntries(text.split(";").map((part) => [decodeURIComponent(part.split(":")[0]), choice(part.split(":")[1])]));
}
