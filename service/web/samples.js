/** Random sounds from the distribution of the model's latents. */

import { sample } from "./api.js";
import { get, input } from "./elements.js";
import { worded } from "./labels.js";

const NEW_SEEDS = 1e6;

/** @returns {number} */
export const newSeed = () => Math.floor(Math.random() * NEW_SEEDS);

/** @param {import("./app.js").App} app @param {number} seed @param {number} temperature @param {Record<string, string>} target @returns {import("./loader.js").SoundRequest} */
export function sampleRequest(app, seed, temperature, target) {
  const { reference: model } = app.model;
  const { scales } = app.projection;
  return {
    call: sample(model, seed, temperature, target),
    describe: ({ z, labels, nearest }) => ({
      kind: "sample",
      title: [`Sample ${seed}`, worded(labels, scales)].filter(Boolean).join(": "),
      about: `A new sound that resembles the recordings, sampled with seed ${seed} at temperature ${temperature}.${nearest ? ` No recording has these labels: it is converted from ${worded(nearest, {})}.` : ""}`,
      place: { model, seed, temperature, target },
      z,
      labels,
    }),
  };
}

export class SamplePanel {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    get("new-sample").addEventListener("click", () => {
      input("seed").value = String(newSeed());
      this.sample();
    });
    input("seed").addEventListener("change", () => this.sample());
    input("seed").addEventListener("keydown", (event) => event.key === "Enter" && this.sample());
    input("temperature").addEventListener("input", () => this.#showTemperature());
    input("temperature").addEventListener("change", () => this.sample());
  }

  /** Loads the sample that the inputs describe. @param {boolean} [aloud] */
  sample(aloud = true) {
    const { app } = this;
    const seed = input("seed");
    if (!seed.checkValidity() || seed.value === "") return void seed.reportValidity();
    return app.loader.load(sampleRequest(app, Number(seed.value), this.#temperature, app.targets.chosen), aloud);
  }

  /** @param {number} seed @param {number} temperature */
  set(seed, temperature) {
    input("seed").value = String(seed);
    input("temperature").value = String(temperature);
    this.#showTemperature();
  }

  get #temperature() {
    return Number(input("temperature").value);
  }

  #showTemperature() {
    get("temperature-value").textContent = this.#temperature.toFixed(2);
  }
}
