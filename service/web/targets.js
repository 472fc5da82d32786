/** The labels that sounds are converted to: a select for each label, and a chip with a reset for each choice. */

import { get, make } from "./elements.js";
import { capital } from "./labels.js";

const UNCHANGED = "unchanged";

export class Targets {
  #selects = get("targets");
  #chips = get("chips");

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {Record<string, string[]>} values  of each label of the model */
  offer(values) {
    const fields = Object.entries(values).map(([name, options]) => {
      const select = make("select", { name }, new Option(UNCHANGED, ""), ...options.map((value) => new Option(value)));
      select.addEventListener("change", () => this.#apply());
      return make("label", { className: "field" }, `Convert to ${name.replaceAll("_", " ")}`, select);
    });
    this.#selects.replaceChildren(...fields);
    this.#showChips();
  }

  /** @returns {Record<string, string>} */
  get chosen() {
    const selects = [...this.#selects.querySelectorAll("select")].filter((select) => select.value);
    return Object.fromEntries(selects.map((select) => [select.name, select.value]));
  }

  /** Changes the choice without playing it. @param {Record<string, string>} labels */
  choose(labels) {
    for (const select of this.#selects.querySelectorAll("select")) select.value = labels[select.name] ?? "";
    this.#showChips();
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
