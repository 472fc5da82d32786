/** A slider for each strong dimension. */

import { get } from "./elements.js";

const MAX_SLIDERS = 8;
const STRONG = 0.1; // of the strongest dimension's spread; a model leaves what it does not need near zero
const REACH = 3; // standard deviations on either side

export class ShapePanel {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.place = get("sliders");
  }

  /** Sliders for the model that is open. */
  show() {
    const { dimensions } = this.app.space;
    const least = STRONG * dimensions[0].standard_deviation;
    const strong = dimensions.filter((dimension) => dimension.standard_deviation >= least).slice(0, MAX_SLIDERS);
    this.place.replaceChildren(...strong.map((dimension) => this.#field(dimension)));
  }

  /** @param {number[] | null} z  what the sliders shall say */
  follow(z) {
    if (!z) return;
    for (const slider of this.place.querySelectorAll("input")) {
      const value = z[Number(slider.dataset.index)];
      slider.value = String(value);
      tell(slider, value);
    }
  }

  /** @param {import("./space.js").Dimension} dimension */
  #field({ index, mean, standard_deviation: spread }) {
    const slider = document.createElement("input");
    const reach = REACH * (spread || 1);
    const decimals = Math.max(0, Math.ceil(-Math.log10(reach / 50)));
    const [min, max] = [mean - reach, mean + reach].map((value) => value.toFixed(decimals));
    Object.assign(slider, { type: "range", min, max, step: String(10 ** -decimals), value: String(mean) });
    slider.dataset.index = String(index);
    slider.addEventListener("input", () => this.#turned(slider));
    const field = document.createElement("label");
    field.className = "field";
    field.append(`z ${index}`, document.createElement("output"), slider);
    return field;
  }

  /** @param {HTMLInputElement} slider */
  #turned(slider) {
    const { now, map } = this.app;
    const { sound } = now;
    const from = sound?.point ?? (sound?.z ? { z: sound.z, labels: sound.labels } : this.app.pointAt(map.centre));
    const z = [...from.z];
    z[Number(slider.dataset.index)] = Number(slider.value);
    tell(slider, Number(slider.value));
    this.app.hearPoint({ ...from, z }, "drag", "Shaped");
  }
}

/** @param {HTMLInputElement} slider @param {number} value */
function tell(slider, value) {
  const told = slider.closest("label")?.querySelector("output");
  if (told) told.textContent = value.toFixed(2);
}
