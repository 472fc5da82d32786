/** The pad between four sounds: its corners are points, and each place on it is a mixture of them. */

import { get } from "../elements.js";
import { between } from "../points.js";

/** @typedef {import("../points.js").Point} Point */

const CORNERS = ["A", "B", "C", "D"]; // left and right at the top, then at the bottom
const INSET = 0.2; // of the map, where the first corners are
const STEPS = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, -0.05], ArrowDown: [0, 0.05] };

export class Blend {
  #pad = get("blend");
  /** @type {Point[]} */ #corners = [];
  #at = { x: 0.5, y: 0.5 }; // shares, from the left and from the top

  /** @param {import("../app.js").App} app @param {(point: Point) => void} use */
  constructor(app, use) {
    this.app = app;
    this.use = use;
    const pad = this.#pad;
    CORNERS.forEach((name, i) => get(`corner-${i}`).addEventListener("click", () => this.#set(i)));
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      this.#point(event);
    });
    pad.addEventListener("pointermove", (event) => event.buttons && this.#point(event));
    pad.addEventListener("keydown", (event) => {
      const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
      if (!step) return;
      event.preventDefault();
      this.#move(this.#at.x + step[0], this.#at.y + step[1]);
    });
  }

  /** Begins with four recordings that lie far apart on the map. */
  reset() {
    const { projection } = this.app;
    const { left, right, bottom, top } = projection.bounds;
    const at = (/** @type {number} */ share, /** @type {number} */ from, /** @type {number} */ to) => from + share * (to - from);
    this.#corners = CORNERS.map((_, i) => {
      const spot = { x: at(i % 2 ? 1 - INSET : INSET, left, right), y: at(i < 2 ? INSET : 1 - INSET, top, bottom) };
      const { clip } = projection.nearest(spot)[0];
      return this.app.pointAt({ x: projection.x[clip], y: projection.y[clip] });
    });
    this.#show();
  }

  /** A corner becomes the sound that is shown. @param {number} corner */
  #set(corner) {
    const { point } = this.app.result;
    if (!point) return;
    this.#corners[corner] = point;
    this.#move(this.#at.x, this.#at.y);
  }

  /** @param {PointerEvent} event */
  #point({ offsetX, offsetY }) {
    this.#move(offsetX / this.#pad.clientWidth, offsetY / this.#pad.clientHeight);
  }

  /** @param {number} x @param {number} y */
  #move(x, y) {
    const inside = (/** @type {number} */ share) => Math.min(1, Math.max(0, share));
    this.#at = { x: inside(x), y: inside(y) };
    this.#show();
    const [a, b, c, d] = this.#corners;
    this.use(between(between(a, b, this.#at.x), between(c, d, this.#at.x), this.#at.y));
  }

  #show() {
    const { x, y } = this.#at;
    const shares = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y].map((share, i) => `${CORNERS[i]} ${Math.round(100 * share)} %`);
    Object.assign(this.#pad, { ariaValueNow: String(Math.round(100 * x)), ariaValueText: shares.join(", ") });
    Object.assign(get("blend-dot").style, { left: `${100 * x}%`, top: `${100 * y}%` });
  }
}
