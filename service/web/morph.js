/** Paths from one point to another. */

import { morph } from "./api.js";
import { get, input } from "./elements.js";
import { rounded } from "./packing.js";
import { between, converted, sourceOf } from "./points.js";

/** @typedef {import("./points.js").Point} Point */
/** @typedef {import("./projection.js").Spot} Spot */
/** @typedef {{a: Point, b: Point}} Ends */

const SINGLE = { 0: "A", 1: "B" };

export class MorphPanel {
  /** @type {Ends | null} */
  #ends = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    input("share").addEventListener("input", () => this.playStep("drag"));
    get("play-path").addEventListener("click", () => this.playPath());
    get("play-a").addEventListener("click", () => this.#jump("0"));
    get("play-b").addEventListener("click", () => this.#jump("1"));
  }

  /** The ends; at first two clips far apart. @returns {Ends} */
  get ends() {
    if (!this.#ends) {
      const { projection } = this.app;
      const { left, right, bottom, top } = projection.bounds;
      const at = (/** @type {number} */ share) => {
        const { clip } = projection.nearest({ x: left + share * (right - left), y: (bottom + top) / 2 })[0];
        return this.app.pointAt({ x: projection.x[clip], y: projection.y[clip] });
      };
      this.#ends = { a: at(0.2), b: at(0.8) };
    }
    return this.#ends;
  }

  /** Draws the line. */
  show() {
    const { map, projection } = this.app;
    const { a, b } = this.ends;
    const spotOf = (/** @type {Point} */ { z, labels, source }) => /** @type {Spot | undefined} */ (source?.point) ?? projection.toSpot(z, labels);
    map.line = { a: spotOf(a), b: spotOf(b), share: this.#share };
    map.refresh();
    get("share-value").textContent = `${Math.round(100 * this.#share)} %`;
  }

  /** @param {"a" | "b"} which @param {Point} end */
  set(which, end) {
    const { source, ...own } = end;
    this.#ends = { ...this.ends, [which]: source?.point ? end : own }; // a step of another path is named by its z
    this.show();
  }

  /** @param {Ends | null} [ends] @param {number} [share] */
  reset(ends = null, share = 0) {
    this.#ends = ends;
    input("share").value = String(share);
    this.app.map.line = null;
  }

  /** Plays every step as one sound. @param {boolean} [aloud] */
  playPath(aloud = true) {
    const { app } = this;
    if (!input("steps").checkValidity()) return void input("steps").reportValidity();
    this.show();
    return app.loader.load(this.#pathRequest(Number(input("steps").value)), aloud);
  }

  /** Plays the sound at the slider's share of the path. @param {"press" | "drag"} how @param {boolean} [aloud] */
  playStep(how, aloud = true) {
    this.show();
    const { a, b } = this.ends;
    const share = this.#share;
    const title = SINGLE[/** @type {0 | 1} */ (share)] ?? `From A to B, ${Math.round(100 * share)} %`;
    const point = share === 0 ? a : share === 1 ? b : this.#between(a, b, share);
    return this.app.playPoint(point, how, title, aloud);
  }

  get #share() {
    return Number(input("share").value);
  }

  /** @param {string} share */
  #jump(share) {
    input("share").value = share;
    this.playStep("press");
  }

  /** @param {number} steps @returns {import("./loader.js").SoundRequest} */
  #pathRequest(steps) {
    const { model, projection, targets } = this.app;
    const target = targets.chosen;
    const { a, b } = this.ends;
    const end = (/** @type {Point} */ point) => {
      const { z, labels, level } = converted(projection, point, target);
      return Object.keys(labels).length || level !== undefined ? { z, labels, level_db: level } : z;
    };
    return {
      call: morph(model.reference, { from: end(a), to: end(b), steps, method: "lerp" }),
      describe: () => ({
        kind: "path",
        title: `From A to B in ${steps} steps`,
        about: "One continuous sound that passes through every step of the path.",
        place: { model: model.reference, ...this.#source(a, b), steps, target },
        z: null,
        labels: target,
      }),
    };
  }

  /** How a link names the path. @param {Point} a @param {Point} b @returns {Partial<import("./link.js").Place>} */
  #source(a, b) {
    const ends = [a, b].map((end) => sourceOf(this.app.projection, end));
    const path = ends.map(({ point }) => point ?? []);
    const labels = ends.map((end) => end.labels ?? {});
    const named = labels.some((own) => Object.keys(own).length);
    return { path, ends: named ? labels : undefined, levels: ends.map(({ level }) => level) };
  }

  /** @param {Point} a @param {Point} b @param {number} share @returns {Point} */
  #between(a, b, share) {
    const own = this.app.model.level_db;
    const level = (1 - share) * (a.level ?? own) + share * (b.level ?? own);
    return {
      ...between(a, b, share),
      level: level === own ? undefined : rounded(level),
      source: { ...this.#source(a, b), share },
    };
  }
}
