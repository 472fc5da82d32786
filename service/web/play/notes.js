/** The notes of a timbre, fetched ahead: held ones first, then those around the last. */

import { generate } from "../api.js";
import { receive } from "../loader.js";
import { makeLoop } from "./loop.js";

/** @typedef {import("../points.js").Point} Point */
/** @typedef {{pitch: number, layer: number, turn: number, buffer: AudioBuffer, loop: import("./loop.js").Loop | null}} Note  layer: the velocity that it was made for */

const AT_ONCE = 2; // requests
const LEVEL_DB = -24; // of each note: eight together do not clip
const SPACING = 3; // semitones: every third note comes first, and stands in for the ones between
const STALE = 1000; // semitones that a note of the timbre before is away
const LAYER = 0.05; // semitones that a step of velocity is away

export class Notes {
  /** @type {Map<string, Note>} */ #notes = new Map();
  /** @type {Set<string>} */ #asked = new Set();
  /** @type {Point | null} */ #timbre = null;
  #running = 0;
  #turn = 0; // counts the timbres
  #last = { pitch: 60, layer: 0 };
  /** @type {number[]} MIDI notes, from low to high; none where the model has no pitch */ pitches = [];
  /** @type {number[]} velocities */ #layers = [];
  /** names of the labels, empty where there is none */ pitch = "";
  velocity = "";

  /**
   * @param {import("../app.js").App} app
   * @param {() => number[]} held  pitches
   * @param {(note: Note) => void} arrived
   */
  constructor(app, held, arrived) {
    this.app = app;
    this.held = held;
    this.arrived = arrived;
  }

  /** Takes the range of the open model. */
  open() {
    const { labels, numbers } = this.app.model;
    const named = (/** @type {string} */ unit) => Object.keys(numbers).find((name) => numbers[name] === unit) ?? "";
    [this.pitch, this.velocity] = [named("MIDI note"), named("MIDI velocity")];
    const values = (labels[this.pitch] ?? []).map(Number);
    const low = Math.min(...values);
    this.pitches = values.length ? Array.from({ length: Math.max(...values) - low + 1 }, (_, i) => low + i) : [];
    this.#layers = (labels[this.velocity] ?? [80]).map(Number);
    this.#last.layer = this.#layerOf(80);
    this.#timbre = null;
    this.#notes.clear();
  }

  /** Takes another timbre; the notes of the one before stand in until its own arrive. @param {Point} timbre */
  use(timbre) {
    this.#timbre = timbre;
    this.#turn++;
    this.#asked.clear();
    this.#fill();
  }

  /** The note that is most like the one that is asked for, and asks for that. @param {number} pitch @param {number} velocity @returns {Note | undefined} */
  nearest(pitch, velocity) {
    const layer = this.#layerOf(velocity);
    this.#last = { pitch, layer };
    this.#fill();
    const away = (/** @type {Note} */ note) =>
      Math.abs(note.pitch - pitch) + LAYER * Math.abs(note.layer - layer) + (note.turn === this.#turn ? 0 : STALE);
    return [...this.#notes.values()].sort((a, b) => away(a) - away(b))[0];
  }

  /** @param {number} velocity */
  #layerOf(velocity) {
    return [...this.#layers].sort((a, b) => Math.abs(a - velocity) - Math.abs(b - velocity))[0];
  }

  #fill() {
    while (this.#timbre && this.#running < AT_ONCE) {
      const { pitch: last, layer } = this.#last;
      const held = this.held();
      const rank = (/** @type {number} */ pitch) =>
        pitch === last ? -2 : held.includes(pitch) ? -1 : Math.abs(pitch - last) + (pitch % SPACING ? 2 * SPACING : 0);
      const [pitch] = this.pitches.filter((each) => !this.#asked.has(`${each} ${layer}`)).sort((a, b) => rank(a) - rank(b));
      if (pitch === undefined) return;
      this.#asked.add(`${pitch} ${layer}`);
      this.#running++;
      this.#fetch(pitch, layer, this.#turn, this.#timbre)
        .catch((error) => {
          this.#timbre = null; // until a timbre is chosen again
          this.app.connection.fail(error);
        })
        .finally(() => {
          this.#running--;
          this.#fill();
        });
    }
  }

  /** @param {number} pitch @param {number} layer @param {number} turn @param {Point} timbre */
  async #fetch(pitch, layer, turn, { z, labels }) {
    const { model, player } = this.app;
    const asked = { ...labels, [this.pitch]: String(pitch), ...(this.velocity && { [this.velocity]: String(layer) }) };
    const { bytes } = await receive(generate(model.reference, { z, labels: asked, level: LEVEL_DB }));
    const buffer = await player.decode(bytes);
    const before = this.#notes.get(`${pitch} ${layer}`);
    if (this.app.model !== model || (before && before.turn > turn)) return;
    const loop = makeLoop(buffer.getChannelData(0), buffer.sampleRate);
    const note = { pitch, layer, turn, buffer, loop };
    this.#notes.set(`${pitch} ${layer}`, note);
    this.arrived(note);
  }
}
