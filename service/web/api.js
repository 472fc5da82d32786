/** Calls of the service: each can be sent with fetch or shown as a curl line. */

import { fileName, fingerprint } from "./names.js";

const KEY = "tonespace-key"; // kept until the tab is closed

/**
 * @typedef {object} Call
 * @property {"GET" | "POST"} method
 * @property {string} path          relative to the page, so that the page also works below a prefix
 * @property {[string, string][]} [query]
 * @property {object} [json]        the body, as JSON
 * @property {Blob} [audio]         or the body, as an audio file
 * @property {string} [audioName]   the name of that file in the curl line
 * @property {string} [accept]
 * @property {string} file          the name of the file that the answer is saved as
 */
/** @typedef {string | Record<string, number>} LabelChoice  a value, or value -> weight */
/** @typedef {Record<string, LabelChoice>} Labels */

/** The service refused the call; the message is its own sentence. */
export class ProblemError extends Error {
  /** @param {{type?: string, detail?: string, title?: string}} problem @param {number} status */
  constructor(problem, status) {
    super(problem.detail || problem.title || `The service answered with status ${status}.`);
    this.status = status;
    this.unreadable = Boolean(problem.type?.endsWith(":unreadable-audio"));
  }
}

/** The service did not answer. */
export class OfflineError extends Error {}

/** @param {Call} call @returns {string} path and query, relative to the page */
export function address(call) {
  const query = new URLSearchParams(call.query).toString().replaceAll("%40", "@").replaceAll("%3A", ":");
  return query ? `${call.path}?${query}` : call.path;
}

/**
 * Asks the visitor for the service's API key and sends the call again, where the service wants one.
 *
 * @param {Call} call
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>} with a status of success
 * @throws {ProblemError | OfflineError}
 */
export async function send(call, signal) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (call.accept) headers.Accept = call.accept;
  if (call.json) headers["Content-Type"] = "application/json";
  if (call.audio) headers["Content-Type"] = "application/octet-stream";
  const key = sessionStorage.getItem(KEY);
  if (key) headers["X-API-Key"] = key;
  const body = call.json ? JSON.stringify(call.json) : call.audio;
  let response;
  try {
    response = await fetch(address(call), { method: call.method, headers, body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new OfflineError("The service does not answer.");
  }
  if (response.ok) return response;
  if (response.status === 401 && hasAnotherKey(key)) return send(call, signal);
  const problem = await response.json().catch(() => ({}));
  throw new ProblemError(problem, response.status);
}

/** @param {string | null} refused @returns {boolean} whether the visitor has entered another key than the refused one */
function hasAnotherKey(refused) {
  if (sessionStorage.getItem(KEY) === refused) {
    const entered = window.prompt("This service needs an API key:")?.trim();
    if (!entered) return false;
    sessionStorage.setItem(KEY, entered);
  }
  return true;
}

/** @param {string} path @param {AbortSignal} [signal] */
async function read(path, signal) {
  return (await send({ method: "GET", path, file: "" }, signal)).json();
}

/** @returns {Promise<any>} every model, and which one is shown first */
export const models = () => read("models");

/** @param {string} model @param {boolean} withZ  the z of every clip is most of the bytes @param {AbortSignal} signal */
export const map = (model, withZ, signal) => read(`models/${model}/map${withZ ? "?z=true" : ""}`, signal);

/** @returns {Promise<boolean>} whether the service accepts work now */
export const ready = () => read("health/ready").then(() => true, () => false);

/** @param {string} model @param {import("./points.js").Point} point @returns {Call} the sound at a point */
export function generate(model, { z, labels, level, duration }) {
  const asked = Object.keys(labels).length ? { labels } : {};
  const json = { model, ...asked, level_db: level, duration_s: duration, z };
  return { method: "POST", path: "generate", json, file: fileName(model, ...words(labels), fingerprint(json)) };
}

/** @param {string} model @param {number} seed @param {number} temperature @param {Labels} labels @returns {Call} */
export function sample(model, seed, temperature, labels) {
  /** @type {[string, string][]} */
  const query = [["model", model], ["seed", String(seed)], ["temperature", String(temperature)], ...asQuery(labels)];
  const file = fileName(model, `seed-${seed}`, `temperature-${temperature}`, ...words(labels));
  return { method: "GET", path: "sample", query, file };
}

/** @param {string} model @param {{from: object, to: object, method: string, steps: number}} path @returns {Call} */
export function morph(model, path) {
  const json = { model, ...path };
  return { method: "POST", path: "morph", json, file: fileName(model, `path-of-${path.steps}-steps`, fingerprint(json)) };
}

/** @param {string} model @param {{z: number[], labels: Labels}} timbre @returns {Call} its keys and velocities as files for a sampler */
export function instrument(model, { z, labels }) {
  const json = { model, z, labels };
  return { method: "POST", path: "instrument", json, file: fileName(model, ...words(labels), fingerprint(json)).replace(/wav$/, "zip") };
}

/** @typedef {{audio: Blob, name: string, startS?: number}} Upload  startS: start of the window, seconds; without it the service chooses */

/** @param {string} model @param {Upload} upload @returns {Call} the coordinates of a sound */
export function encode(model, upload) {
  return { ...uploading("encode", model, upload, {}), file: "z.json" };
}

/** @param {string} model @param {Upload} upload @param {Labels} labels @returns {Call} the replica of a sound */
export function reconstruct(model, upload, labels) {
  return uploading("reconstruct", model, upload, labels);
}

/** @param {string} path @param {string} model @param {Upload} upload @param {Labels} labels @returns {Call} */
function uploading(path, model, { audio, name, startS }, labels) {
  /** @type {[string, string][]} */
  const window = startS === undefined ? [] : [["start_s", String(startS)]];
  const from = startS === undefined ? "" : `from-${startS}-s`;
  const file = fileName(name.replace(/\.[^.]*$/, ""), from, model, ...words(labels));
  return { method: "POST", path, query: [["model", model], ...asQuery(labels), ...window], audio, audioName: name, file };
}

/** @param {Call} call @param {string} base  the address of the page @returns {string} the shell line that makes the same call */
export function curl(call, base) {
  const line = ["curl"];
  if (sessionStorage.getItem(KEY)) line.push("-H", '"X-API-Key: $TONESPACE_KEY"');
  if (call.audio) line.push("-H", quoted("Content-Type: application/octet-stream"));
  if (call.audio) line.push("--data-binary", quoted(`@${call.audioName}`));
  if (call.json) line.push("-H", quoted("Content-Type: application/json"));
  if (call.json) line.push("-d", quoted(JSON.stringify(call.json)));
  line.push("-o", quoted(call.file), quoted(new URL(address(call), base).href));
  return line.join(" ");
}

/** @param {Labels} labels @returns {[string, string][]} as query parameters */
function asQuery(labels) {
  return Object.entries(labels).map(([name, value]) => ["label", `${name}:${value}`]);
}

/** @param {Labels} labels @returns {string[]} the plain values, for a file name */
function words(labels) {
  return Object.entries(labels).flatMap(([name, value]) => (typeof value === "string" ? [name, value] : []));
}

/** @param {string} word */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
