/** From a recipe to something heard: fetched once, the newest wish first, then played and shown. */

import { send } from "./api.js";
import { readWav } from "./wav.js";

/** @typedef {import("./api.js").Recipe} Recipe */
/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./wav.js").Waveform} Waveform */
/**
 * @typedef {object} Answer  what came for a recipe
 * @property {ArrayBuffer} bytes
 * @property {number[] | null} z      of one point, as the service tells it
 * @property {Labels} labels
 */
/**
 * @typedef {object} Sound  an answer and how it came about
 * @property {"point" | "sample" | "replica" | "walk"} kind
 * @property {string} title
 * @property {string} about
 * @property {Recipe} recipe
 * @property {import("./link.js").Place} place
 * @property {number[] | null} z
 * @property {Labels} labels
 * @property {import("./points.js").Point} [point]  before a tone was asked for
 * @property {ArrayBuffer} bytes
 * @property {Waveform} waveform
 * @property {Recording} [original]
 */
/** @typedef {{waveform: Waveform, bytes: ArrayBuffer}} Recording */
/** @typedef {{recipe: Recipe, describe: (answer: Answer) => Omit<Sound, "recipe" | "bytes" | "waveform">}} Wish */

const MAX_KEPT = 64; // sounds, some 20 KB each

export class Studio {
  /** @type {Map<string, Answer>} the oldest first */
  #kept = new Map();
  /** @type {{key: string, controller: AbortController, answer: Promise<Answer>} | null} */
  #flight = null;
  /** @type {Wish | null} what is to sound now */
  #wish = null;
  /** @type {Wish | null} what a drag wants next */
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

  /** Plays this now; what was on its way is dropped. @param {Wish} wish @param {boolean} [aloud] */
  hear(wish, aloud = true) {
    this.#next = null;
    return this.#bring(wish, aloud);
  }

  /**
   * Plays this as soon as what is on its way has come: a drag wishes for more than can be heard, and of what it
   * wished meanwhile only the newest is fetched.
   * @param {Wish} wish
   */
  async scrub(wish) {
    this.#next = wish;
    if (this.#dragging) return;
    this.#dragging = true;
    for (let turn = this.#take(); turn; turn = this.#take()) await this.#bring(turn, true);
    this.#dragging = false;
  }

  /** Fetches what may be asked for next, if nothing else is going on. @param {Recipe} recipe */
  foresee(recipe) {
    if (!this.#wish && !this.#kept.has(keyOf(recipe))) this.#fetch(recipe).catch(() => {});
  }

  /** Drops what waits and what is on its way. */
  hush() {
    this.#next = this.#wish = null;
    this.#flight?.controller.abort();
    this.player.stop();
  }

  /** @param {Wish} wish @param {Answer} answer @param {boolean} aloud */
  async present(wish, answer, aloud) {
    if (aloud) {
      const buffer = await this.player.decode(answer.bytes);
      if (this.#wish && this.#wish !== wish) return;
      this.player.play(buffer, answer.bytes);
    }
    const waveform = readWav(answer.bytes);
    this.show({ ...wish.describe(answer), recipe: wish.recipe, bytes: answer.bytes, waveform });
  }

  /** @param {Wish} wish @param {boolean} aloud */
  async #bring(wish, aloud) {
    if (aloud) this.player.wake();
    this.#wish = wish;
    try {
      const answer = await this.#fetch(wish.recipe);
      if (this.#wish === wish) await this.present(wish, answer, aloud);
    } catch (error) {
      if (this.#wish === wish) this.fail(/** @type {Error} */ (error));
    } finally {
      if (this.#wish === wish) this.#wish = null;
    }
  }

  /** @returns {Wish | null} the next one of a drag */
  #take() {
    const wish = this.#next;
    this.#next = null;
    return wish;
  }

  /** @param {Recipe} recipe @returns {Promise<Answer>} */
  #fetch(recipe) {
    const key = keyOf(recipe);
    const kept = this.#kept.get(key);
    if (kept) return Promise.resolve(kept);
    if (this.#flight?.key === key) return this.#flight.answer;
    this.#flight?.controller.abort();
    const controller = new AbortController();
    const answer = receive(recipe, controller.signal).then((came) => {
      this.#kept.set(key, came);
      if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? "");
      return came;
    });
    const flight = { key, controller, answer };
    this.#flight = flight;
    const land = () => {
      if (this.#flight === flight) this.#flight = null;
    };
    answer.then(land, land);
    return answer;
  }
}

/** @param {Recipe} recipe */
function keyOf(recipe) {
  return JSON.stringify([recipe.path, recipe.query, recipe.json]);
}

/** @param {Recipe} recipe @param {AbortSignal} signal @returns {Promise<Answer>} */
async function receive(recipe, signal) {
  const answer = await send(recipe, signal);
  const z = answer.headers.get("Tonespace-Z");
  return {
    bytes: await answer.arrayBuffer(),
    z: z ? z.split(",").map(Number) : null,
    labels: JSON.parse(answer.headers.get("Tonespace-Labels") ?? "{}"),
  };
}
