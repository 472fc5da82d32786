/** Draws from what the model has learned. */

import { sample } from "./api.js";
import { get, input } from "./elements.js";
import { worded } from "./labels.js";

/** @typedef {import("./api.js").Labels} Labels */

const NEW_SEEDS = 1e6;

/** @param {string} model @param {number} seed @param {number} temperature @param {Labels} tone @returns {import("./studio.js").Wish} */
export function sampleWish(model, seed, temperature, tone) {
  return {
    recipe: sample(model, seed, temperature, tone),
    describe: ({ z, labels }) => ({
      kind: "sample",
      title: [`Sample ${seed}`, worded(labels)].filter(Boolean).join(": "),
      about: `Drawn with seed ${seed} at temperature ${temperature}: it is nobody's recording.`,
      place: { model, seed, temperature, labels: tone },
      z,
      labels,
    }),
  };
}

export class SamplePanel {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    get("draw").addEventListener("click", () => {
      input("seed").value = String(Math.floor(Math.random() * NEW_SEEDS));
      this.again();
    });
    input("seed").addEventListener("change", () => this.again());
    input("seed").addEventListener("keydown", (event) => event.key === "Enter" && this.again());
    input("temperature").addEventListener("input", () => this.#tell());
    input("temperature").addEventListener("change", () => this.again());
  }

  /** Draws what the inputs say, in the tone that is chosen. @param {boolean} [aloud] */
  again(aloud = true) {
    const { app } = this;
    const seed = input("seed");
    if (!seed.checkValidity() || seed.value === "") return void seed.reportValidity();
    return app.studio.hear(sampleWish(app.model.reference, Number(seed.value), this.#temperature, app.tone()), aloud);
  }

  /** @param {number} seed @param {number} temperature */
  set(seed, temperature) {
    input("seed").value = String(seed);
    input("temperature").value = String(temperature);
    this.#tell();
  }

  get #temperature() {
    return Number(input("temperature").value);
  }

  #tell() {
    get("temperature-told").textContent = this.#temperature.toFixed(2);
  }
}
