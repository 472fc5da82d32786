/** A slider for each dimension of z along which the recordings differ most. */

import { get, make } from "./elements.js";
import { packable } from "./packing.js";

const MAX_SLIDERS = 8;
const LEAST_SPREAD = 0.1; // of the widest; dimensions that a model does not use are near zero
const REACH = 3; // standard deviations on either side

export class SliderPanel {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.place = get("sliders");
  }

  /** Shows the sliders of the open model. */
  show() {
    const { dimensions } = this.app.projection;
    const least = LEAST_SPREAD * dimensions[0].standard_deviation;
    const used = dimensions.filter((dimension) => dimension.standard_deviation >= least).slice(0, MAX_SLIDERS);
    this.place.replaceChildren(...used.map((dimension) => this.#field(dimension)));
  }

  /** @param {number[] | null} z  the values to show */
  follow(z) {
    if (!z) return;
    for (const slider of this.place.querySelectorAll("input")) {
      const value = z[Number(slider.dataset.index)];
      slider.value = String(value);
      showValue(slider, value);
    }
  }

  /** @param {import("./projection.js").Dimension} dimension */
  #field({ index, mean, standard_deviation: spread }) {
    const reach = REACH * (spread || 1);
    const decimals = Math.max(0, Math.ceil(-Math.log10(reach / 50)));
    const [min, max] = [mean - reach, mean + reach].map((value) => value.toFixed(decimals));
    const name = `Dimension ${index + 1}`;
    const slider = make("input", { type: "range", min, max, step: String(10 ** -decimals), value: String(mean), ariaLabel: name });
    slider.dataset.index = String(index);
    slider.addEventListener("input", () => this.#turned(slider));
    return make("label", { className: "field" }, name, make("output"), slider);
  }

  /** @param {HTMLInputElement} slider */
  #turned(slider) {
    const { result, map } = this.app;
    const { sound } = result;
    const from = sound?.point ?? (sound?.z ? { z: sound.z, labels: sound.labels } : this.app.pointAt(map.centre));
    const turned = from.z.map((value, i) => (i === Number(slider.dataset.index) ? Number(slider.value) : value));
    const z = packable(turned); // so that a link names exactly this sound
    showValue(slider, Number(slider.value));
    this.app.playPoint({ ...from, z, source: undefined }, "drag", "Shaped sound");
  }
}

/** @param {HTMLInputElement} slider @param {number} value */
function showValue(slider, value) {
  const output = slider.closest("label")?.querySelector("output");
  if (output) output.textContent = value.toFixed(2);
}
