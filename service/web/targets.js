/** The labels that sounds are converted to: a select for each label, a field for each number, and a chip with a reset for each choice. */

import { get, make } from "./elements.js";
import { capital } from "./labels.js";

const UNCHANGED = "unchanged";

export class Targets {
  #fields = get("targets");
  #chips = get("chips");

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {Record<string, string[]>} values  of each label of the model @param {Record<string, string>} numbers  the labels that are numbers, with their units */
  offer(values, numbers) {
    const fields = Object.entries(values).map(([name, options]) => {
      const control = name in numbers ? field(name, options, numbers[name]) : choice(name, options);
      control.addEventListener("change", () => control.reportValidity() && this.#apply());
      return make("label", { className: "field" }, `Convert to ${name.replaceAll("_", " ")}`, control);
    });
    this.#fields.replaceChildren(...fields);
    this.#showChips();
  }

  /** @returns {Record<string, string>} */
  get chosen() {
    const valid = this.#controls.filter((control) => control.value && control.checkValidity());
    return Object.fromEntries(valid.map((control) => [control.name, control.value]));
  }

  /** Changes the choice without playing it. @param {Record<string, string>} labels */
  choose(labels) {
    for (const control of this.#controls) control.value = labels[control.name] ?? "";
    this.#showChips();
  }

  get #controls() {
    return [.../** @type {NodeListOf<HTMLSelectElement | HTMLInputElement>} */ (this.#fields.querySelectorAll("select, input"))];
  }

  #apply() {
    this.#showChips();
    this.changed();
  }

  #showChips() {
    const chips = Object.entries(this.chosen).map(([name, value]) => {
      const chip = make("button", { type: "button", ariaLabel: `Reset: no longer convert to ${name} ${value}` }, `${capital(name)} ${value}`);
      chip.addEventListener("click", () => {
        const { [name]: _, ...others } = this.chosen;
        this.choose(others);
        this.changed();
      });
      return chip;
    });
    this.#chips.replaceChildren(...chips);
    get("conversion").hidden = chips.length === 0;
  }
}

/** @param {string} name @param {string[]} options */
function choice(name, options) {
  return make("select", { name }, new Option(UNCHANGED, ""), ...options.map((value) => new Option(value)));
}

/** A number from the first value to the last, those between included. @param {string} name @param {string[]} options @param {string} unit */
function field(name, options, unit) {
  const [min, max] = [options[0], options[options.length - 1]];
  return make("input", { type: "number", name, min, max, step: "any", placeholder: UNCHANGED, title: `${unit}, ${min} to ${max}` });
}
