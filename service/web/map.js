/** The map: clips on one canvas; cursor, trail, flags and path on another above it. */

import { drawClips, drawMarks, rowWidth } from "./marks.js";
import { onScheme } from "./palette.js";

/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./projection.js").Spot} Spot */

const MARGIN = 28; // CSS pixels around the clips
const ZOOM_LIMIT = 60; // times the whole

export class MapView {
  /** @type {Projection | null} */ projection = null;
  /** @type {string | undefined} the label that gives the colours */ label;
  /** @type {Spot | null} where the keyboard or the pointer is */ cursor = null;
  /** @type {Spot | null} the sound that is shown */ sounding = null;
  /** @type {Spot[]} the way of a drag */ trail = [];
  /** @type {{spot: Spot, text: string}[]} the visitor's own sounds */ flags = [];
  /** @type {{a: Spot, b: Spot, share: number} | null} the path of a morph */ line = null;
  /** whether a pointer is down */ held = false;
  /** @type {(() => void) | null} */ #onRelease = null;
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

  /** @param {Projection} projection @param {string | undefined} label */
  show(projection, label) {
    Object.assign(this, { projection, label, cursor: null, sounding: null, trail: [], flags: [], line: null });
    this.fit();
  }

  /** Shows every clip. */
  fit() {
    if (!this.projection || !this.width) return;
    const { left, right, bottom, top } = this.projection.bounds;
    const rowNames = rowWidth(this); // left of the clips
    const wide = (this.width - rowNames - 2 * MARGIN) / (right - left || 1);
    const high = (this.height - 2 * MARGIN) / (top - bottom || 1);
    this.#whole = this.#scale = Math.min(wide, high);
    this.#centre = { x: (left + right - rowNames / this.#scale) / 2, y: (bottom + top) / 2 };
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

  /** Does something now, or once no pointer is down. @param {() => void} action */
  whenReleased(action) {
    if (this.held) this.#onRelease = action;
    else action();
  }

  /** The last pointer is up. */
  release() {
    this.held = false;
    this.#onRelease?.();
    this.#onRelease = null;
  }

  /** Pans to a spot that is out of view. @param {Spot} spot */
  reveal(spot) {
    const { x, y } = this.toScreen(spot);
    const over = (/** @type {number} */ at, /** @type {number} */ size) => (at < MARGIN ? MARGIN - at : Math.min(0, size - MARGIN - at));
    const [dx, dy] = [over(x, this.width), over(y, this.height)];
    if (dx || dy) this.pan(dx, dy);
  }

  /** Draws both canvases in the next frame. */
  redraw() {
    this.#stale = true;
    this.refresh();
  }

  /** Draws the upper canvas in the next frame. */
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
