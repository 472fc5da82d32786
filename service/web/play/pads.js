/** Sixteen pads: each plays a point of its own. */

import { button, get, input, make, select } from "../elements.js";
import { inWords } from "../labels.js";
import { receive } from "../loader.js";
import { packable } from "../packing.js";
import { strike } from "../player.js";
import { pointRequest } from "../points.js";
import { newSeed, sampleRequest } from "../samples.js";

/** @typedef {{title: string, buffer: AudioBuffer, point: import("../points.js").Point | null, sound: Omit<import("../loader.js").Sound, "waveform">}} Pad */

const N_PADS = 16;
const CODES = "Digit1 Digit2 Digit3 Digit4 KeyQ KeyW KeyE KeyR KeyA KeyS KeyD KeyF KeyZ KeyX KeyC KeyV".split(" ");

export class Pads {
  /** @type {Pad[]} with holes until they are filled */ pads = [];
  chosen = 0;
  /** the label that pads are sampled by, empty where there is none */ kind = "";
  /** @type {string[]} its values */ kinds = [];

  /** @param {import("../app.js").App} app @param {() => void} changed  another pad is chosen, or sounds otherwise */
  constructor(app, changed) {
    this.app = app;
    this.changed = changed;
    const buttons = Array.from({ length: N_PADS }, (_, pad) => {
      const key = CODES[pad].at(-1);
      const element = make("button", { type: "button", ariaKeyShortcuts: key }, String(pad + 1), make("small", {}, ""));
      element.addEventListener("pointerdown", () => this.hit(pad));
      element.addEventListener("click", ({ detail }) => detail || this.hit(pad));
      return element;
    });
    get("pad-grid").replaceChildren(...buttons);
    get("pad-new").addEventListener("click", () => this.#sample(this.chosen, true));
    get("pad-vary").addEventListener("click", () => this.#vary());
    get("pad-take").addEventListener("click", () => this.#takeShown());
  }

  /** Offers the labels of the open model. */
  open() {
    const { labels, numbers } = this.app.model;
    this.kind = Object.keys(labels).find((name) => !(name in numbers)) ?? "";
    this.kinds = labels[this.kind] ?? [];
    select("pad-kind").replaceChildren(new Option("any", ""), ...this.kinds.map((value) => new Option(value)));
    get("pad-kind-field").hidden = !this.kind;
    this.pads = [];
  }

  /** Samples a sound for each pad that has none: the kinds in turn. */
  async fill() {
    const { model } = this.app;
    for (let pad = 0; pad < N_PADS && this.app.model === model; pad++) {
      const kind = this.kinds[Math.floor((pad * this.kinds.length) / N_PADS)] ?? "";
      if (!this.pads[pad]) await this.#sample(pad, false, kind);
    }
  }

  /** Plays a pad now, and chooses it. @param {number} pad @param {number} [level] */
  hit(pad, level) {
    if (this.pads[pad]) {
      strike(this.app.player.wake(), this.pads[pad].buffer, undefined, level);
      this.app.hear(this.pads[pad].sound);
    }
    this.chosen = pad;
    this.#show();
  }

  /** @param {string} code @returns {boolean} whether it has a meaning here */
  letter(code) {
    const pad = CODES.indexOf(code);
    if (pad >= 0) this.hit(pad);
    return pad >= 0;
  }

  /** @param {number} pad @param {boolean} shown @param {string} [kind] */
  #sample(pad, shown, kind = select("pad-kind").value) {
    const labels = { ...this.app.targets.chosen, ...(kind && { [this.kind]: kind }) };
    const request = sampleRequest(this.app, newSeed(), Number(input("temperature").value), labels);
    return this.#load(pad, request, shown);
  }

  /** A sound near the chosen pad's, at the temperature that is set. */
  #vary() {
    const { app, chosen } = this;
    const { point } = this.pads[chosen] ?? {};
    if (!point) return;
    const z = [...point.z];
    for (const { index, standard_deviation: spread } of app.projection.dimensions) z[index] += Number(input("variation").value) * spread * normal();
    const varied = { ...point, z: packable(z), duration: undefined, source: undefined };
    this.#load(chosen, pointRequest(app.model.reference, app.projection, varied, {}, "Varied sound"), true);
  }

  async #takeShown() {
    const { player, result } = this.app;
    const { sound, point } = result;
    if (sound) this.#set(this.chosen, { title: sound.title, buffer: await player.decode(sound.bytes), point, sound });
  }

  /** @param {number} pad @param {import("../loader.js").SoundRequest} request @param {boolean} shown */
  async #load(pad, request, shown) {
    const { app } = this;
    const { model } = app;
    try {
      const answer = await receive(request.call);
      const buffer = await app.player.decode(answer.bytes);
      if (app.model !== model) return;
      const { z, labels, bytes } = answer;
      const sound = { ...request.describe(answer), call: request.call, bytes };
      this.#set(pad, { title: titleOf(labels, app.projection.scales) || sound.title, buffer, point: z && { z, labels }, sound });
      if (shown) await app.loader.present(request, answer, true);
    } catch (error) {
      app.connection.fail(/** @type {Error} */ (error));
    }
  }

  /** @param {number} pad @param {Pad} content */
  #set(pad, content) {
    this.pads[pad] = content;
    this.#show();
  }

  #show() {
    [...get("pad-grid").children].forEach((element, pad) => {
      const title = this.pads[pad]?.title ?? "";
      element.ariaCurrent = String(pad === this.chosen);
      /** @type {Element} */ (element.lastChild).textContent = title;
    });
    button("pad-vary").disabled = !this.pads[this.chosen]?.point;
    this.changed();
  }
}

/** @param {import("../labels.js").Labels} labels @param {import("../labels.js").Scales} scales @returns {string} */
function titleOf(labels, scales) {
  return Object.entries(labels)
    .map(([name, choice]) => inWords(name, choice, scales))
    .join(" ");
}

/** @returns {number} from the normal distribution. Source: Box and Muller, 1958 */
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
