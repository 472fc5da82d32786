/** The map: clips on one canvas, what moves on another above it. */

import { drawClips, drawMarks } from "./marks.js";
import { onScheme } from "./palette.js";

/** @typedef {import("./space.js").Space} Space */
/** @typedef {import("./space.js").Spot} Spot */

const MARGIN = 28; // CSS pixels around the clips
const ZOOM_LIMIT = 60; // times the whole

export class MapView {
  /** @type {Space | null} */ space = null;
  /** @type {string | undefined} the label that colours */ label;
  /** @type {Spot | null} where the keyboard or the pointer is */ cursor = null;
  /** @type {Spot | null} what sounds */ heard = null;
  /** @type {Spot[]} where a drag has been */ trail = [];
  /** @type {Spot | null} where the visitor's own sound landed */ yours = null;
  /** @type {{a: Spot, b: Spot, share: number} | null} */ line = null;
  #centre = { x: 0, y: 0 };
  #scale = 1; // CSS pixels for one unit of the plane
  #whole = 1; // the scale that shows everything
  #waiting = false;
  #stale = true;

  /** @param {HTMLCanvasElement} points @param {HTMLCanvasElement} overlay */
  constructor(points, overlay) {
    this.points = points;
    this.overlay = overlay;
    new ResizeObserver(() => this.#resize()).observe(overlay);
    onScheme(() => this.redraw());
  }

  /** @param {Space} space @param {string | undefined} label */
  show(space, label) {
    Object.assign(this, { space, label, cursor: null, heard: null, trail: [], yours: null, line: null });
    this.fit();
  }

  /** Shows every clip. */
  fit() {
    if (!this.space || !this.width) return;
    const { left, right, bottom, top } = this.space.bounds;
    const wide = (this.width - 2 * MARGIN) / (right - left || 1);
    const high = (this.height - 2 * MARGIN) / (top - bottom || 1);
    this.#whole = this.#scale = Math.min(wide, high);
    this.#centre = { x: (left + right) / 2, y: (bottom + top) / 2 };
    this.redraw();
  }

  get width() {
    return this.overlay.clientWidth;
  }

  get height() {
    return this.overlay.clientHeight;
  }

  /** One step of the keyboard's cursor, in the plane's units. */
  get step() {
    return Math.max(this.width, this.height) / 48 / this.#scale;
  }

  /** How far it is zoomed in, 1 where everything is shown. */
  get zoomed() {
    return this.#scale / this.#whole;
  }

  get centre() {
    return this.#centre;
  }

  /** @param {Spot} spot @returns {Spot} in CSS pixels from the corner */
  toScreen(spot) {
    return {
      x: this.width / 2 + (spot.x - this.#centre.x) * this.#scale,
      y: this.height / 2 - (spot.y - this.#centre.y) * this.#scale,
    };
  }

  /** @param {Spot} pixel @returns {Spot} */
  toSpot(pixel) {
    return {
      x: this.#centre.x + (pixel.x - this.width / 2) / this.#scale,
      y: this.#centre.y - (pixel.y - this.height / 2) / this.#scale,
    };
  }

  /** @param {number} factor @param {Spot} [around]  in pixels; stays where it is */
  zoom(factor, around = { x: this.width / 2, y: this.height / 2 }) {
    const fixed = this.toSpot(around);
    this.#scale = Math.min(this.#whole * ZOOM_LIMIT, Math.max(this.#whole / 2, this.#scale * factor));
    const moved = this.toSpot(around);
    this.#centre = { x: this.#centre.x + fixed.x - moved.x, y: this.#centre.y + fixed.y - moved.y };
    this.redraw();
  }

  /** @param {number} dx @param {number} dy  pixels */
  pan(dx, dy) {
    this.#centre = { x: this.#centre.x - dx / this.#scale, y: this.#centre.y + dy / this.#scale };
    this.redraw();
  }

  /** Brings a spot into view where it is outside. @param {Spot} spot */
  reveal(spot) {
    const { x, y } = this.toScreen(spot);
    const over = (/** @type {number} */ at, /** @type {number} */ size) => (at < MARGIN ? MARGIN - at : Math.min(0, size - MARGIN - at));
    const [dx, dy] = [over(x, this.width), over(y, this.height)];
    if (dx || dy) this.pan(dx, dy);
  }

  /** Both canvases, soon. */
  redraw() {
    this.#stale = true;
    this.refresh();
  }

  /** What moves, soon. */
  refresh() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      if (this.#stale) drawClips(this);
      this.#stale = false;
      drawMarks(this);
    });
  }

  #resize() {
    for (const canvas of [this.points, this.overlay]) {
      canvas.width = Math.round(this.width * devicePixelRatio);
      canvas.height = Math.round(this.height * devicePixelRatio);
    }
    const [zoomed, centre] = [this.zoomed, this.#centre];
    this.fit();
    if (zoomed === 1) return;
    this.#scale *= zoomed; // where someone looks closely, a turned phone keeps the place
    this.#centre = centre;
  }
}
