/** Sample, morph and shape: three ways to a sound beside the map. */

import { morph as morphRecipe, sample as sampleRecipe } from "./api.js";
import { blended, worded } from "./labels.js";
import { between, rounded } from "./space.js";

/** @typedef {import("./page.js").App} App */
/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {{z: number[], labels: Labels}} End */

const N_SLIDERS = 8;
const REACH = 3; // standard deviations on either side
const NEW_SEEDS = 1e6;

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** Draws from what the model has learned. @param {App} app */
export function samplePanel(app) {
  const again = () => {
    input("temperature-told").textContent = Number(input("temperature").value).toFixed(2);
    if (!input("seed").checkValidity() || input("seed").value === "") return input("seed").reportValidity();
    app.studio.hear(wish(Number(input("seed").value), Number(input("temperature").value), app.tone()));
  };

  /** @param {number} seed @param {number} temperature @param {Labels} tone @returns {import("./studio.js").Wish} */
  function wish(seed, temperature, tone) {
    const model = app.model.reference;
    return {
      recipe: sampleRecipe(model, seed, temperature, tone),
      describe: ({ z, labels }) => ({
        kind: "sample",
        title: `Sample ${seed}${Object.keys(labels).length ? `: ${worded(labels)}` : ""}`,
        about: `Drawn with seed ${seed} at temperature ${temperature}: nobody has said this.`,
        place: { model, seed, temperature, labels: tone },
        z,
        labels,
      }),
    };
  }

  document.getElementById("draw")?.addEventListener("click", () => {
    input("seed").value = String(Math.floor(Math.random() * NEW_SEEDS));
    again();
  });
  input("seed").addEventListener("change", again);
  input("seed").addEventListener("keydown", (event) => event.key === "Enter" && again());
  input("temperature").addEventListener("input", () => (input("temperature-told").textContent = Number(input("temperature").value).toFixed(2)));
  input("temperature").addEventListener("change", again);

  return {
    again,
    wish,
    /** @param {number} seed @param {number} temperature */
    set(seed, temperature) {
      input("seed").value = String(seed);
      input("temperature").value = String(temperature);
      input("temperature-told").textContent = temperature.toFixed(2);
    },
  };
}

/** Walks from one point to another. @param {App} app */
export function morphPanel(app) {
  /** @type {{a: End, b: End} | null} */
  let ends = null;
  const share = () => Number(input("walk").value);

  /** Two clips far apart, until someone says otherwise. @returns {{a: End, b: End}} */
  function started() {
    if (!ends) {
      const { left, right, bottom, top } = app.space.bounds;
      const middle = (bottom + top) / 2;
      const at = (/** @type {number} */ x) => {
        const { clip } = app.space.nearest({ x, y: middle })[0];
        return app.pointAt({ x: app.space.x[clip], y: app.space.y[clip] });
      };
      ends = { a: at(left + 0.2 * (right - left)), b: at(right - 0.2 * (right - left)) };
    }
    return ends;
  }

  function show() {
    const { a, b } = started();
    app.map.line = { a: app.space.toSpot(a.z), b: app.space.toSpot(b.z), share: share() };
    app.map.refresh();
    input("walk-told").textContent = `${Math.round(100 * share())} %`;
  }

  /** @param {"press" | "drag"} how */
  function step(how) {
    show();
    const { a, b } = started();
    const labels = { ...blended(a.labels, b.labels, share()), ...app.tone() };
    const title = share() === 0 ? "A" : share() === 1 ? "B" : `From A to B, ${Math.round(100 * share())} %`;
    app.hearPoint({ z: between(a.z, b.z, share()), labels }, how, title);
  }

  /** @param {number[][]} walk @param {Labels[]} labels @param {number} steps @param {Labels} tone @returns {import("./studio.js").Wish} */
  function wish([from, to], labels, steps, tone) {
    const model = app.model.reference;
    const end = (/** @type {number[]} */ z, /** @type {Labels} */ own) => (Object.keys(own ?? {}).length ? { z, labels: own } : z);
    const asked = Object.keys(tone).length ? { labels: tone } : {};
    const walk = { from: end(from, labels[0]), to: end(to, labels[1]), steps, method: "lerp", ...asked };
    return {
      recipe: morphRecipe(model, walk),
      describe: () => ({
        kind: "walk",
        title: `The walk from A to B in ${steps} steps`,
        about: "One sound that runs through every step.",
        place: { model, walk: [from, to], steps, labels: tone, ends: labels },
        z: null,
        labels: tone,
      }),
    };
  }

  function walk() {
    const { a, b } = started();
    if (!input("steps").checkValidity()) return input("steps").reportValidity();
    show();
    app.studio.hear(wish([a.z, b.z], [a.labels, b.labels], Number(input("steps").value), app.tone()));
  }

  input("walk").addEventListener("input", () => step("drag"));
  document.getElementById("walk-all")?.addEventListener("click", walk);
  for (const [id, value] of [["play-a", "0"], ["play-b", "1"]]) {
    document.getElementById(id)?.addEventListener("click", () => {
      input("walk").value = value;
      step("press");
    });
  }

  return {
    show,
    step,
    wish,
    /** @param {"a" | "b"} which @param {End} end */
    set(which, end) {
      ends = { ...started(), [which]: end };
      show();
    },
    /** @param {{a: End, b: End} | null} [both] */
    reset(both = null) {
      ends = both;
      input("walk").value = "0";
      app.map.line = null;
    },
  };
}

/** A slider for each strong dimension. @param {App} app */
export function shapePanel(app) {
  const place = /** @type {HTMLElement} */ (document.getElementById("sliders"));

  /** @param {number[] | null} z  what the sliders shall say */
  function follow(z) {
    if (!z) return;
    for (const slider of place.querySelectorAll("input")) {
      const value = z[Number(slider.dataset.index)];
      slider.value = String(value);
      tellValue(slider, value);
    }
  }

  /** @param {HTMLInputElement} slider @param {number} value */
  function tellValue(slider, value) {
    const told = slider.closest("label")?.querySelector("output");
    if (told) told.textContent = value.toFixed(2);
  }

  /** @param {HTMLInputElement} slider */
  function turned(slider) {
    const { sound } = app.now;
    const from = sound?.z ? { z: sound.z, labels: sound.labels } : app.pointAt(app.map.centre);
    const z = from.z.map(rounded);
    z[Number(slider.dataset.index)] = Number(slider.value);
    tellValue(slider, Number(slider.value));
    app.hearPoint({ z, labels: from.labels }, "drag", "Shaped");
  }

  /** Sliders for the model that is open. */
  function show() {
    place.replaceChildren(
      ...app.space.dimensions.slice(0, N_SLIDERS).map(({ index, mean, standard_deviation: spread }) => {
        const slider = document.createElement("input");
        const reach = REACH * (spread || 1);
        const step = 10 ** Math.floor(Math.log10(reach / 50));
        const decimals = Math.max(0, -Math.floor(Math.log10(step)));
        Object.assign(slider, { type: "range", min: (mean - reach).toFixed(decimals), max: (mean + reach).toFixed(decimals), step: String(step) });
        slider.value = String(mean);
        slider.dataset.index = String(index);
        slider.addEventListener("input", () => turned(slider));
        const field = document.createElement("label");
        field.className = "field";
        field.append(`z ${index}`, document.createElement("output"), slider);
        return field;
      }),
    );
    follow(app.space.axes.origin);
  }

  return { show, follow };
}
