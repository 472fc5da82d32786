/** The dock below the page: keys, pads and what was heard; loaded when it is opened. */

import { instrument, send } from "../api.js";
import { button, get, input } from "../elements.js";
import { worded } from "../labels.js";
import { save } from "../names.js";
import { tabs } from "../tabs.js";
import { Blend } from "./blend.js";
import { Heard } from "./history.js";
import { Keyboard } from "./keyboard.js";
import { followMidi } from "./midi.js";
import { Notes } from "./notes.js";
import { Pads } from "./pads.js";
import { Sequencer } from "./sequencer.js";
import { loudness, Voices } from "./voices.js";

const FIRST_PAD = 36; // the MIDI note of drum machines' first pad

export class Play {
  #panel = "keys";
  #under = ""; // in words, what is under the keys
  /** @type {{z: number[], labels: import("../api.js").Labels} | null} what is under the keys */ #timbre = null;
  #due = true; // another timbre was chosen since the keys were seen
  /** @type {Map<number, number>} velocities of pressed keys that wait for the first note */ #waiting = new Map();

  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    this.dock = /** @type {HTMLDetailsElement} */ (get("play"));
    this.voices = new Voices(app.player);
    this.notes = new Notes(app, () => [...this.#waiting.keys(), ...this.voices.pitches], (note) => this.#arrived(note));
    this.keyboard = new Keyboard(get("keyboard"), { press: (pitch) => this.press(pitch, input("velocity").valueAsNumber), release: this.release });
    this.blend = new Blend(app, (point) => this.#use(point));
    this.pads = new Pads(app, () => this.sequencer?.show());
    this.sequencer = new Sequencer(app, this.pads);
    this.heard = new Heard(app);
    this.open = tabs(get("playlist"), (panel) => this.#show(panel));
    this.#listen();
    if (app.model) this.#modelOpened();
  }

  /** @param {number} pitch @param {number} velocity */
  press = (pitch, velocity) => {
    if (this.#panel === "pads") return this.pads.hit((pitch + 160 - FIRST_PAD) % 16, loudness(velocity));
    const note = this.notes.nearest(pitch, velocity);
    if (note) this.voices.start(pitch, velocity, note);
    else this.#waiting.set(pitch, velocity);
    this.keyboard.light(pitch, true);
    if (this.app.result.sound) this.app.hear(this.app.result.sound);
  };

  /** @param {number} pitch */
  release = (pitch) => {
    this.#waiting.delete(pitch);
    this.voices.stop(pitch);
    this.keyboard.light(pitch, false);
  };

  /** @param {boolean} down */
  pedal = (down) => {
    this.voices.pedal = down;
    get("sustain").ariaPressed = String(down);
  };

  silence = () => this.voices.silence();

  #listen() {
    const { app, dock } = this;
    app.addEventListener("shown", () => this.#follow());
    app.addEventListener("opened", () => this.#modelOpened());
    dock.addEventListener("toggle", () => (dock.open ? this.#show(this.#panel) : this.#rest()));
    addEventListener("keydown", (event) => this.#letter(event));
    get("octave-down").addEventListener("click", () => this.keyboard.shift(-1));
    get("octave-up").addEventListener("click", () => this.keyboard.shift(1));
    get("sustain").addEventListener("click", () => this.pedal(get("sustain").ariaPressed !== "true"));
    get("instrument").addEventListener("click", () => this.#export());
    get("midi").addEventListener("click", () => followMidi(this, (names) => this.#say(names.length ? `MIDI: ${names.join(", ")}` : "No MIDI input is connected.")).catch(app.connection.fail));
  }

  #modelOpened() {
    this.#rest();
    this.notes.open();
    this.keyboard.show(this.notes.pitches);
    this.pads.open();
    this.blend.reset();
    this.#due = true;
    const none = !this.notes.pitches.length;
    get("tab-keys").hidden = none;
    this.open(none && this.#panel === "keys" ? "pads" : this.#panel);
  }

  /** @param {string} panel */
  #show(panel) {
    this.#panel = panel;
    this.silence();
    this.#say(panel === "keys" ? this.#under : "");
    if (!this.dock.open) return;
    if (panel === "keys" && this.#due) this.#follow();
    if (panel === "pads") this.pads.fill();
    if (panel === "heard") this.heard.show();
  }

  /** The sound that is shown becomes the timbre under the keys. */
  #follow() {
    this.#due = true;
    if (this.dock.open && this.#panel === "heard") this.heard.show();
    if (this.dock.open && this.#panel === "keys" && this.app.result.point) this.#use(this.app.result.point);
  }

  /** @param {import("../points.js").Point} point */
  #use(point) {
    this.#due = false;
    const { [this.notes.pitch]: _, [this.notes.velocity]: __, ...labels } = point.labels;
    this.#timbre = { z: point.z, labels };
    this.#under = `Under the keys: ${worded(labels, this.app.projection.scales) || "the sound that is shown"}`;
    this.#say(this.#under);
    this.notes.use(this.#timbre);
  }

  /** Saves the timbre as an instrument for samplers. */
  async #export() {
    if (!this.#timbre) return;
    const call = instrument(this.app.model.reference, this.#timbre);
    button("instrument").disabled = true;
    this.#say("Computing the instrument…");
    try {
      save(await (await send(call)).blob(), call.file);
      this.#say(`Saved as ${call.file}`);
    } catch (error) {
      this.app.connection.fail(/** @type {Error} */ (error));
    }
    button("instrument").disabled = false;
  }

  /** @param {import("./notes.js").Note} note */
  #arrived(note) {
    this.voices.renew(note);
    for (const [pitch, velocity] of this.#waiting) this.voices.start(pitch, velocity, note);
    this.#waiting.clear();
  }

  /** @param {KeyboardEvent} event */
  #letter({ code, repeat, ctrlKey, metaKey, altKey, target }) {
    const typing = target instanceof Element && target.closest("input:not([type=range]), select, dialog");
    if (!this.dock.open || repeat || ctrlKey || metaKey || altKey || typing) return;
    if (this.#panel === "keys") this.keyboard.letter(code);
    if (this.#panel === "pads") this.pads.letter(code);
  }

  #rest() {
    this.silence();
    this.sequencer.stop();
  }

  /** @param {string} text */
  #say(text) {
    get("play-text").textContent = text;
  }
}
