/** The map: clips on one canvas, what moves on another above it. */

import { colourOf, onScheme, trace } from "./palette.js";

/** @typedef {import("./space.js").Space} Space */
/** @typedef {import("./space.js").Spot} Spot */

const MARGIN = 28; // CSS pixels around the clips
const ZOOM_LIMIT = 60; // times the whole

export class MapView {
  /** @type {Space | null} */ space = null;
  /** @type {string | undefined} the label that colours */ label;
  /** @type {Spot | null} where the keyboard or the pointer is */ cursor = null;
  /** @type {Spot | null} what sounds */ heard = null;
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
    Object.assign(this, { space, label, cursor: null, heard: null, yours: null, line: null });
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
      if (this.#stale) this.#drawPoints();
      this.#stale = false;
      this.#drawOverlay();
    });
  }

  #resize() {
    for (const canvas of [this.points, this.overlay]) {
      canvas.width = Math.round(this.width * devicePixelRatio);
      canvas.height = Math.round(this.height * devicePixelRatio);
    }
    this.fit();
  }

  #drawPoints() {
    const paint = brush(this.points);
    const { space, label } = this;
    if (!space) return;
    const style = getComputedStyle(this.points);
    const radius = Math.min(7, (this.width < 480 ? 1.8 : 2.4) * (this.#scale / this.#whole) ** 0.35);
    const paths = /** @type {Map<number, Path2D>} */ (new Map());
    for (let clip = 0; clip < space.x.length; clip++) {
      if (!space.shown[clip]) continue;
      const index = label ? space.labels[label][clip] : 3;
      const path = paths.get(index) ?? new Path2D();
      paths.set(index, path);
      const { x, y } = this.toScreen({ x: space.x[clip], y: space.y[clip] });
      trace(path, index, x, y, radius);
    }
    paint.globalAlpha = 0.72;
    paths.forEach((path, index) => {
      paint.fillStyle = colourOf(index);
      paint.fill(path);
    });
    paint.globalAlpha = 1;
    paint.font = `600 ${this.width < 480 ? 12 : 14}px ${style.fontFamily}`;
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.lineJoin = "round";
    paint.lineWidth = 5;
    paint.strokeStyle = style.getPropertyValue("--halo");
    for (const { index, x, y } of label ? space.middles(label) : []) {
      const at = this.toScreen({ x, y });
      paint.fillStyle = colourOf(index);
      paint.strokeText(space.values[label ?? ""][index], at.x, at.y);
      paint.fillText(space.values[label ?? ""][index], at.x, at.y);
    }
  }

  #drawOverlay() {
    const paint = brush(this.overlay);
    const style = getComputedStyle(this.overlay);
    const [ink, halo, accent] = ["--ink", "--halo", "--accent"].map((name) => style.getPropertyValue(name));
    const ring = (/** @type {Spot} */ spot, /** @type {number} */ radius, /** @type {string} */ colour) => {
      const { x, y } = this.toScreen(spot);
      for (const [width, stroke] of /** @type {[number, string][]} */ ([[5, halo], [2, colour]])) {
        paint.lineWidth = width;
        paint.strokeStyle = stroke;
        paint.beginPath();
        paint.arc(x, y, radius, 0, 2 * Math.PI);
        paint.stroke();
      }
    };
    const flag = (/** @type {Spot} */ spot, /** @type {string} */ text, above = 0) => {
      const { x, y: on } = this.toScreen(spot);
      const y = on - above;
      paint.font = `600 13px ${style.fontFamily}`;
      const half = Math.max(13, paint.measureText(text).width / 2 + 8);
      paint.fillStyle = accent;
      paint.strokeStyle = halo;
      paint.lineWidth = 2;
      paint.beginPath();
      paint.roundRect(x - half, y - 13, 2 * half, 26, 13);
      paint.fill();
      paint.stroke();
      paint.fillStyle = style.getPropertyValue("--on-accent");
      paint.textAlign = "center";
      paint.textBaseline = "middle";
      paint.fillText(text, x, y + 0.5);
    };
    if (this.line) {
      const [a, b] = [this.toScreen(this.line.a), this.toScreen(this.line.b)];
      paint.strokeStyle = accent;
      paint.lineWidth = 2.5;
      paint.beginPath();
      paint.moveTo(a.x, a.y);
      paint.lineTo(b.x, b.y);
      paint.stroke();
      flag(this.line.a, "A");
      flag(this.line.b, "B");
      const { a: from, b: to, share } = this.line;
      ring({ x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) }, 6, accent);
    }
    if (this.yours) flag(this.yours, "You", 28);
    if (this.heard) ring(this.heard, 10, ink);
    if (this.cursor) ring(this.cursor, 4, accent);
  }
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} cleared, in CSS pixels */
function brush(canvas) {
  const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  paint.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  paint.clearRect(0, 0, canvas.width, canvas.height);
  return paint;
}
