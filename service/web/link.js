/** The address of a sound: what stands behind # brings back exactly it. */

/** @typedef {import("./api.js").Labels} Labels */
/**
 * @typedef {object} Place  what the address says
 * @property {string} model             name@version
 * @property {number[]} [z]             a point,
 * @property {number} [level]           dBFS, where it is not the model's own,
 * @property {number} [duration]        s, where it is not until silence,
 * @property {number} [seed]            or a draw
 * @property {number} [temperature]
 * @property {number[][]} [walk]        or a walk from one z to another,
 * @property {number} [steps]           in so many steps
 * @property {Labels} [labels]
 * @property {Labels[]} [ends]          the labels of a walk's two ends
 * @property {(number | undefined)[]} [levels]  and their levels
 */

/** @param {Place} place @returns {string} with the leading # */
export function writeLink(place) {
  /** @type {[string, string][]} */
  const parts = [["model", place.model]];
  if (place.seed !== undefined) parts.push(["seed", String(place.seed)]);
  if (place.temperature !== undefined) parts.push(["temperature", String(place.temperature)]);
  if (place.z) parts.push(["z", place.z.join(",")]);
  if (place.level !== undefined) parts.push(["level", String(place.level)]);
  if (place.duration !== undefined) parts.push(["duration", String(place.duration)]);
  if (place.walk) parts.push(["walk", place.walk.map((z) => z.join(",")).join(";")]);
  if (place.steps !== undefined) parts.push(["steps", String(place.steps)]);
  if (place.labels && Object.keys(place.labels).length) parts.push(["labels", JSON.stringify(place.labels)]);
  if (place.ends) parts.push(["ends", JSON.stringify(place.ends)]);
  if (place.levels?.some((level) => level !== undefined)) parts.push(["levels", place.levels.map((level) => level ?? "").join(",")]);
  return "#" + parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%(2C|3A|40|3B)/g, decodeURIComponent)}`).join("&");
}

/** @param {string} hash @returns {Place | null} null where it names no model */
export function readLink(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, "").replaceAll("+", "%2B"));
  const model = parts.get("model");
  if (!model) return null;
  /** @type {Place} */
  const place = { model };
  /** @type {(name: string, meant: (text: string) => any) => any} what it says of something, if anything */
  const told = (name, meant) => {
    const text = parts.get(name);
    if (text === null) return undefined;
    const value = meant(text);
    if (value === null) throw new Error(`The link is broken: its ${name} is "${text.slice(0, 40)}".`);
    return value;
  };
  place.seed = told("seed", (text) => (Number(whole(text) ?? -1) >= 0 ? whole(text) : null));
  place.temperature = told("temperature", number);
  place.z = told("z", numbers);
  place.level = told("level", number);
  place.duration = told("duration", number);
  place.walk = told("walk", (text) => pair(text.split(";").map(numbers)));
  place.steps = told("steps", whole) ?? 8;
  place.labels = told("labels", object) ?? {};
  place.ends = told("ends", (text) => pair(object(text)));
  place.levels = told("levels", (text) => pair(text.split(",").map((level) => number(level) ?? undefined)));
  return place;
}

/** @param {any} values @returns {any[] | null} two of something */
function pair(values) {
  return Array.isArray(values) && values.length === 2 && !values.includes(null) ? values : null;
}

/** @param {string | null} text */
function number(text) {
  return text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

/** @param {string | null} text */
function whole(text) {
  const value = number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** @param {string | null} text @returns {number[] | null} */
function numbers(text) {
  const values = text?.split(",").map(number) ?? [null];
  return values.some((value) => value === null) ? null : /** @type {number[]} */ (values);
}

/** @param {string | null} text @returns {any} */
function object(text) {
  try {
    const value = JSON.parse(text ?? "null");
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
