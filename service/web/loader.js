/** Fetches sounds, the newest request first, then plays and shows them. */

import { send } from "./api.js";
import { readRecipe, readWav } from "./wav.js";

/** @typedef {import("./api.js").Call} Call */
/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./wav.js").Waveform} Waveform */
/**
 * @typedef {object} Answer
 * @property {ArrayBuffer} bytes    a WAV file
 * @property {number[] | null} z    null where the sound is a path
 * @property {Labels} labels
 * @property {Record<string, string> | null} [nearest]  labels of the recordings that a sample is converted from, where none has those asked for
 */
/**
 * @typedef {object} Sound  an answer and its description
 * @property {"point" | "sample" | "replica" | "path"} kind
 * @property {string} title
 * @property {string} about
 * @property {Call} call
 * @property {import("./link.js").Place} place
 * @property {number[] | null} z
 * @property {Labels} labels
 * @property {import("./points.js").Point} [point]  before the conversion
 * @property {ArrayBuffer} bytes
 * @property {Waveform} waveform
 * @property {Recording} [original]
 * @property {import("./excerpt.js").Excerpt} [excerpt]
 */
/** @typedef {{waveform: Waveform, bytes: ArrayBuffer}} Recording */
/** @typedef {{call: Call, describe: (answer: Answer) => Omit<Sound, "call" | "bytes" | "waveform">}} SoundRequest */

const MAX_KEPT = 64; // sounds, about 20 KB each

export class Loader {
  /** @type {Map<string, Answer>} the oldest first */
  #kept = new Map();
  /** @type {{key: string, controller: AbortController, answer: Promise<Answer>} | null} */
  #pending = null;
  /** @type {SoundRequest | null} the one whose sound will play */
  #current = null;
  /** @type {SoundRequest | null} the newest one of a drag */
  #next = null;
  #dragging = false;

  /**
   * @param {import("./player.js").Player} player
   * @param {(sound: Sound) => void} show
   * @param {(error: Error) => void} fail
   */
  constructor(player, show, fail) {
    this.player = player;
    this.show = show;
    this.fail = fail;
  }

  /** Loads this sound now; a request that is pending is dropped. @param {SoundRequest} request @param {boolean} [aloud] */
  load(request, aloud = true) {
    this.#next = null;
    return this.#load(request, aloud);
  }

  /**
   * Loads this sound after the pending one: a drag makes more requests than anybody can listen to, and of those only
   * the newest is fetched.
   * @param {SoundRequest} request
   */
  async loadNewest(request) {
    this.#next = request;
    if (this.#dragging) return;
    this.#dragging = true;
    for (let turn = this.#takeNext(); turn; turn = this.#takeNext()) await this.#load(turn, true);
    this.#dragging = false;
  }

  /** Fetches what will probably be asked next, if nothing else is pending. @param {Call} call */
  prefetch(call) {
    if (!this.#current && !this.#kept.has(keyOf(call))) this.#fetch(call).catch(() => {});
  }

  /** Drops every request and stops the sound. */
  cancel() {
    this.#next = this.#current = null;
    this.#pending?.controller.abort();
    this.player.stop();
  }

  /** @param {SoundRequest} request @param {Answer} answer @param {boolean} aloud */
  async present(request, answer, aloud) {
    if (aloud) {
      const buffer = await this.player.decode(answer.bytes);
      if (this.#current && this.#current !== request) return;
      this.player.play(buffer, answer.bytes);
    }
    const waveform = readWav(answer.bytes);
    this.show({ ...request.describe(answer), call: request.call, bytes: answer.bytes, waveform });
  }

  /** @param {SoundRequest} request @param {boolean} aloud */
  async #load(request, aloud) {
    if (aloud) this.player.wake();
    this.#current = request;
    try {
      const answer = await this.#fetch(request.call);
      if (this.#current === request) await this.present(request, answer, aloud);
    } catch (error) {
      if (this.#current === request) this.fail(/** @type {Error} */ (error));
    } finally {
      if (this.#current === request) this.#current = null;
    }
  }

  /** @returns {SoundRequest | null} */
  #takeNext() {
    const request = this.#next;
    this.#next = null;
    return request;
  }

  /** @param {Call} call @returns {Promise<Answer>} */
  #fetch(call) {
    const key = keyOf(call);
    const kept = this.#kept.get(key);
    if (kept) return Promise.resolve(kept);
    if (this.#pending?.key === key) return this.#pending.answer;
    this.#pending?.controller.abort();
    const controller = new AbortController();
    const answer = receive(call, controller.signal).then((received) => {
      this.#kept.set(key, received);
      if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? "");
      return received;
    });
    const pending = { key, controller, answer };
    this.#pending = pending;
    const settle = () => {
      if (this.#pending === pending) this.#pending = null;
    };
    answer.then(settle, settle);
    return answer;
  }
}

/** @param {Call} call */
function keyOf(call) {
  return JSON.stringify([call.path, call.query, call.json]);
}

/** @param {Call} call @param {AbortSignal} [signal] @returns {Promise<Answer>} z and labels from the file: proxies limit the headers */
export async function receive(call, signal) {
  const response = await send(call, signal);
  const bytes = await response.arrayBuffer();
  const { z = null, labels = {} } = readRecipe(bytes);
  return { bytes, z, labels, nearest: JSON.parse(response.headers.get("tonespace-nearest") ?? "null") };
}
