/** Requests to the service: each is a recipe, of which the fetch and the curl line are two spellings. */

/**
 * @typedef {object} Recipe  everything a request needs, so that it can be sent or shown
 * @property {"GET" | "POST"} method
 * @property {string} path
 * @property {[string, string][]} [query]
 * @property {object} [json]        the body, as JSON
 * @property {Blob} [audio]         or the body, as a sound
 * @property {string} [audioName]   what curl calls the sound
 * @property {string} [accept]
 * @property {string} file          what curl calls the answer
 */
/** @typedef {string | Record<string, number>} LabelChoice  a value, or value -> weight */
/** @typedef {Record<string, LabelChoice>} Labels */

/** A failure that the service told: a problem with a sentence. */
export class ProblemError extends Error {
  /** @param {{detail?: string, title?: string}} problem @param {number} status */
  constructor(problem, status) {
    super(problem.detail || problem.title || `The service answered ${status}.`);
    this.status = status;
  }
}

/** Nobody answered. */
export class OfflineError extends Error {}

/** @param {Recipe} recipe @returns {string} path and query */
export function address(recipe) {
  const query = new URLSearchParams(recipe.query).toString().replaceAll("%40", "@").replaceAll("%3A", ":");
  return query ? `${recipe.path}?${query}` : recipe.path;
}

/**
 * @param {Recipe} recipe
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>} an answer that succeeded
 * @throws {ProblemError | OfflineError}
 */
export async function send(recipe, signal) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (recipe.accept) headers.Accept = recipe.accept;
  if (recipe.json) headers["Content-Type"] = "application/json";
  if (recipe.audio) headers["Content-Type"] = "application/octet-stream";
  const body = recipe.json ? JSON.stringify(recipe.json) : recipe.audio;
  let answer;
  try {
    answer = await fetch(address(recipe), { method: recipe.method, headers, body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new OfflineError("The service does not answer.");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new ProblemError(problem, answer.status);
}

/** @param {string} path @param {AbortSignal} [signal] */
async function read(path, signal) {
  return (await send({ method: "GET", path, file: "" }, signal)).json();
}

/** @returns {Promise<any[]>} every model */
export const models = async () => (await read("/models")).models;

/** @param {string} model @param {boolean} withZ  of every clip: most of the bytes @param {AbortSignal} signal */
export const map = (model, withZ, signal) => read(`/models/${model}/map${withZ ? "?z=true" : ""}`, signal);

/** @returns {Promise<boolean>} whether the service takes work now */
export const ready = () => read("/health/ready").then(() => true, () => false);

/** @param {string} model @param {import("./points.js").Point} point @returns {Recipe} the sound at a point */
export function generate(model, { z, labels, level, duration }) {
  const asked = Object.keys(labels).length ? { labels } : {};
  return { method: "POST", path: "/generate", json: { model, ...asked, level_db: level, duration_s: duration, z }, file: "point.wav" };
}

/** @param {string} model @param {number} seed @param {number} temperature @param {Labels} labels @returns {Recipe} */
export function sample(model, seed, temperature, labels) {
  /** @type {[string, string][]} */
  const query = [["model", model], ["seed", String(seed)], ["temperature", String(temperature)]];
  return { method: "GET", path: "/sample", query: [...query, ...asked(labels)], file: `seed-${seed}.wav` };
}

/** @param {string} model @param {object} walk  from, to, steps, method, labels @returns {Recipe} */
export function morph(model, walk) {
  return { method: "POST", path: "/morph", json: { model, ...walk }, file: "walk.wav" };
}

/** @param {string} model @param {Blob} audio @param {string} audioName @returns {Recipe} where a sound lies */
export function encode(model, audio, audioName) {
  return { method: "POST", path: "/encode", query: [["model", model]], audio, audioName, file: "z.json" };
}

/** @param {string} model @param {Blob} audio @param {string} audioName @param {Labels} labels @returns {Recipe} */
export function reconstruct(model, audio, audioName, labels) {
  /** @type {[string, string][]} */
  const query = [["model", model], ...asked(labels)];
  return { method: "POST", path: "/reconstruct", query, audio, audioName, file: "replica.wav" };
}

/** @param {Recipe} recipe @param {string} origin @returns {string} the line for a shell that sends the same */
export function curl(recipe, origin) {
  const words = ["curl"];
  if (recipe.audio) words.push("-H", quoted("Content-Type: application/octet-stream"));
  if (recipe.audio) words.push("--data-binary", quoted(`@${recipe.audioName}`));
  if (recipe.json) words.push("-H", quoted("Content-Type: application/json"));
  if (recipe.json) words.push("-d", quoted(JSON.stringify(recipe.json)));
  words.push("-o", quoted(recipe.file), quoted(origin + address(recipe)));
  return words.join(" ");
}

/** @param {Labels} labels @returns {[string, string][]} as query parameters */
function asked(labels) {
  return Object.entries(labels).map(([name, value]) => ["label", `${name}:${value}`]);
}

/** @param {string} word */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
