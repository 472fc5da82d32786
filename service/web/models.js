/** The models of the service, listed by what they are; a click opens one. */

import { button, get, make } from "./elements.js";

const KINDS = { autoencoder: "autoencoder", "variational-autoencoder": "variational autoencoder" };

export class ModelChooser {
  #dialog = /** @type {HTMLDialogElement} */ (get("models"));

  /** @param {(reference: string) => void} choose */
  constructor(choose) {
    this.choose = choose;
    get("model").addEventListener("click", () => this.#dialog.showModal());
    get("close-models").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  /** @param {any[]} models  each with its `reference` */
  list(models) {
    get("model-list").replaceChildren(...models.map((model) => this.#item(model)));
    button("model").disabled = false;
  }

  /** Shows which model is open. @param {any} model */
  show(model) {
    get("model-name").textContent = `${model.name} ${model.version}`;
    get("model-about").textContent = `${model.description}.`;
    for (const entry of get("model-list").querySelectorAll("button")) {
      entry.setAttribute("aria-current", String(entry.value === model.reference));
    }
  }

  /** @param {any} model */
  #item(model) {
    const entry = make(
      "button",
      { type: "button", value: model.reference },
      make("strong", {}, model.description),
      make("span", {}, `${model.name} ${model.version}: ${kindOf(model)}`),
      make("span", {}, soundsOf(model)),
      make("span", {}, labelsOf(model)),
    );
    entry.addEventListener("click", () => {
      this.#dialog.close();
      this.choose(model.reference);
    });
    return make("li", {}, entry);
  }
}

/** @param {any} model */
function kindOf({ kind, latent_dim: latentDim }) {
  return `${KINDS[/** @type {keyof typeof KINDS} */ (kind)] ?? kind} with ${latentDim} dimensions`;
}

/** @param {any} model */
function soundsOf({ data, window_s: window, sample_rate: rate }) {
  const clips = data.n_training_clips.toLocaleString("en");
  return `Trained on ${clips} recordings of ${data.name} (${data.licence}); sounds last up to ${window.toFixed(2)} s at ${rate / 1000} kHz`;
}

/** @param {any} model */
function labelsOf({ labels }) {
  const words = Object.entries(labels).map(([name, values]) => `${name} (${values.length} values)`);
  return words.length ? `Sounds can be chosen by ${words.join(" and ")}` : "Without labels";
}
