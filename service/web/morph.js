/** Walks from one point to another. */

import { morph } from "./api.js";
import { get, input } from "./elements.js";
import { blended } from "./labels.js";
import { between, rounded } from "./space.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./points.js").Point} Point */
/** @typedef {{a: Point, b: Point}} Ends */

/**
 * @param {string} model  name@version
 * @param {Ends} ends  before a tone was asked for
 * @param {Ends} said  in that tone
 * @param {number} steps
 * @param {Labels} tone
 * @returns {import("./studio.js").Wish}
 */
export function walkWish(model, { a, b }, said, steps, tone) {
  const end = (/** @type {Point} */ { z, labels, level }) =>
    Object.keys(labels).length || level !== undefined ? { z, labels, level_db: level } : z;
  return {
    recipe: morph(model, { from: end(said.a), to: end(said.b), steps, method: "lerp" }),
    describe: () => ({
      kind: "walk",
      title: `The walk from A to B in ${steps} steps`,
      about: "One sound that runs through every step.",
      place: { model, walk: [a.z, b.z], steps, labels: tone, ends: [a.labels, b.labels], levels: [a.level, b.level] },
      z: null,
      labels: tone,
    }),
  };
}

export class MorphPanel {
  /** @type {Ends | null} */
  #ends = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    input("walk").addEventListener("input", () => this.#step("drag"));
    get("walk-all").addEventListener("click", () => this.walk());
    get("play-a").addEventListener("click", () => this.#jump("0"));
    get("play-b").addEventListener("click", () => this.#jump("1"));
  }

  /** The ends; two clips far apart, until someone says otherwise. @returns {Ends} */
  get ends() {
    if (!this.#ends) {
      const { space } = this.app;
      const { left, right, bottom, top } = space.bounds;
      const at = (/** @type {number} */ share) => {
        const { clip } = space.nearest({ x: left + share * (right - left), y: (bottom + top) / 2 })[0];
        return this.app.pointAt({ x: space.x[clip], y: space.y[clip] });
      };
      this.#ends = { a: at(0.2), b: at(0.8) };
    }
    return this.#ends;
  }

  /** Draws the line. */
  show() {
    const { map, space } = this.app;
    const { a, b } = this.ends;
    map.line = { a: space.toSpot(a.z, a.labels), b: space.toSpot(b.z, b.labels), share: this.#share };
    map.refresh();
    get("walk-told").textContent = `${Math.round(100 * this.#share)} %`;
  }

  /** @param {"a" | "b"} which @param {Point} end */
  set(which, end) {
    this.#ends = { ...this.ends, [which]: end };
    this.show();
  }

  /** @param {Ends | null} [ends] */
  reset(ends = null) {
    this.#ends = ends;
    input("walk").value = "0";
    this.app.map.line = null;
  }

  /** Plays the whole walk. @param {boolean} [aloud] */
  walk(aloud = true) {
    const { app } = this;
    if (!input("steps").checkValidity()) return void input("steps").reportValidity();
    this.show();
    const said = { a: app.toned(this.ends.a), b: app.toned(this.ends.b) };
    const steps = Number(input("steps").value);
    return app.studio.hear(walkWish(app.model.reference, this.ends, said, steps, app.tone()), aloud);
  }

  get #share() {
    return Number(input("walk").value);
  }

  /** @param {string} share */
  #jump(share) {
    input("walk").value = share;
    this.#step("press");
  }

  /** @param {"press" | "drag"} how */
  #step(how) {
    this.show();
    const { a, b } = this.ends;
    const share = this.#share;
    const title = share === 0 ? "A" : share === 1 ? "B" : `From A to B, ${Math.round(100 * share)} %`;
    this.app.hearPoint(share === 0 ? a : share === 1 ? b : this.#between(a, b, share), how, title);
  }

  /** @param {Point} a @param {Point} b @param {number} share @returns {Point} */
  #between(a, b, share) {
    const own = this.app.model.level_db;
    const level = (1 - share) * (a.level ?? own) + share * (b.level ?? own);
    return {
      z: between(a.z, b.z, share),
      labels: blended(a.labels, b.labels, share),
      level: level === own ? undefined : rounded(level),
    };
  }
}
