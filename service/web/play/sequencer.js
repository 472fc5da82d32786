/** Sixteen steps for each pad, played in a loop and rendered to a file. */

import { button, get, input, make } from "../elements.js";
import { fileName, save } from "../names.js";
import { strike } from "../player.js";
import { writeWav } from "../wav.js";

const N_STEPS = 16;
const TICK_MS = 25;
const AHEAD_S = 0.1; // steps are handed to the audio thread
const HIDDEN_S = 1.5; // in a hidden tab, which browsers wake once a second
const PEAK = 0.9; // of the file

export class Sequencer {
  /** @type {Set<number>[]} steps of each pad */ #pattern;
  #step = 0;
  #time = 0; // of the next step

  /** @param {import("../app.js").App} app @param {import("./pads.js").Pads} pads */
  constructor(app, pads) {
    this.app = app;
    this.pads = pads;
    this.#pattern = Array.from({ length: N_STEPS }, () => new Set());
    const steps = Array.from({ length: N_STEPS }, (_, step) => {
      const element = make("button", { type: "button", ariaLabel: `Step ${step + 1}`, ariaPressed: "false" });
      element.addEventListener("click", () => this.#toggle(step));
      return element;
    });
    get("steps-row").replaceChildren(...steps);
    get("sequence").addEventListener("click", () => (this.timer ? this.stop() : this.#start()));
    get("render").addEventListener("click", () => this.#render());
  }

  /** Shows the steps of the chosen pad. */
  show() {
    const { chosen } = this.pads;
    [...get("steps-row").children].forEach((element, step) => (element.ariaPressed = String(this.#pattern[chosen].has(step))));
    [...get("pad-grid").children].forEach((element, pad) => element.classList.toggle("used", this.#pattern[pad].size > 0));
    get("steps-row").ariaLabel = `Steps of pad ${chosen + 1}`;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    get("sequence").textContent = "Play loop";
  }

  /** @param {number} step */
  #toggle(step) {
    const steps = this.#pattern[this.pads.chosen];
    if (!steps.delete(step)) steps.add(step);
    this.show();
  }

  /** @param {number} step @returns {number} seconds to the next one: swing makes those with even numbers late */
  #lengthOf(step) {
    const share = Number(input("swing").value) / 100;
    return (30 / input("tempo").valueAsNumber) * (step % 2 ? 1 - share : share);
  }

  /** @param {number} step @returns {AudioBuffer[]} what sounds there */
  #buffersAt(step) {
    return this.pads.pads.flatMap((pad, i) => (this.#pattern[i].has(step) ? [pad.buffer] : []));
  }

  #start() {
    if (!input("tempo").checkValidity()) return void input("tempo").reportValidity();
    this.#step = 0;
    this.#time = this.app.player.wake().currentTime + AHEAD_S;
    this.timer = setInterval(() => this.#tick(), TICK_MS);
    get("sequence").textContent = "Stop loop";
  }

  /** Hands the next steps over. */
  #tick() {
    if (!input("tempo").checkValidity()) return;
    const context = this.app.player.wake();
    const { currentTime } = context;
    for (; this.#time < currentTime + (document.hidden ? HIDDEN_S : AHEAD_S); this.#step = (this.#step + 1) % N_STEPS) {
      const time = Math.max(this.#time, currentTime);
      for (const buffer of this.#buffersAt(this.#step)) strike(context, buffer, time);
      const now = get("steps-row").children[this.#step];
      setTimeout(() => this.#mark(now), 1000 * (time - currentTime));
      this.#time = time + this.#lengthOf(this.#step);
    }
  }

  /** @param {Element} step  the one that sounds */
  #mark(step) {
    for (const each of get("steps-row").children) each.classList.toggle("now", each === step && this.timer !== undefined);
  }

  /** Renders as many turns as the longest sound lasts, and saves the last: its beginning has the tails of the turn before. */
  async #render() {
    const { sampleRate } = this.app.player.prepare();
    const lengths = Array.from({ length: N_STEPS }, (_, step) => this.#lengthOf(step));
    const turn = lengths.reduce((a, b) => a + b, 0);
    const used = lengths.flatMap((_, step) => this.#buffersAt(step));
    if (!input("tempo").reportValidity()) return;
    if (!used.length) return this.app.connection.notify("Choose steps for a pad first.");
    const turns = 1 + Math.ceil(Math.max(...used.map(({ duration }) => duration)) / turn);
    const length = Math.round(turn * sampleRate);
    const offline = new OfflineAudioContext(1, turns * length, sampleRate);
    for (let i = 0, time = 0; i < turns * N_STEPS; time += lengths[i++ % N_STEPS]) {
      for (const buffer of this.#buffersAt(i % N_STEPS)) strike(offline, buffer, time);
    }
    const samples = (await offline.startRendering()).getChannelData(0).slice(-length);
    const peak = samples.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    save(writeWav([samples.map((value) => (PEAK * value) / peak)], sampleRate), fileName("loop", `${input("tempo").value}-bpm`));
  }
}
