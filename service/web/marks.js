/** What the two canvases of the map show: the clips with their names, and the marks above them. */

import { colourOf, trace } from "./palette.js";

/** @typedef {import("./map.js").MapView} MapView */
/** @typedef {import("./projection.js").Heading} Heading */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./projection.js").Spot} Spot */

const PLAIN = 3; // the colour of clips without a label
const OPACITY = 0.72;
const HALF_FLAG = 13; // CSS pixels
const ABOVE = 28; // of a flag that stands over its spot
const NAME_HEIGHT = 14;
const NAME_GAP = 4; // between a name and the edge of the map
const EDGE = 16; // of the map, where the names of its columns are

/** @param {MapView} map */
export function drawClips(map) {
  const { projection, label } = map;
  const paint = brush(map.points);
  if (!projection) return;
  const scale = projection.scaleOf(label);
  const radius = Math.min(7, (map.width < 480 ? 1.8 : 2.4) * map.zoomed ** 0.35);
  /** @type {Map<number, Path2D>} */
  const paths = new Map();
  for (let clip = 0; clip < projection.x.length; clip++) {
    if (!projection.shown[clip]) continue;
    const index = label ? projection.labels[label][clip] : PLAIN;
    const path = paths.get(index) ?? new Path2D();
    paths.set(index, path);
    const { x, y } = map.toScreen({ x: projection.x[clip], y: projection.y[clip] });
    trace(path, index, x, y, radius, scale);
  }
  paint.globalAlpha = OPACITY;
  paths.forEach((path, index) => {
    paint.fillStyle = colourOf(index, scale);
    paint.fill(path);
  });
  paint.globalAlpha = 1;
  nameClips(paint, map, projection);
}

/** Names on the map: of columns and rows at the edges, or of each value at the middle of its clips. @param {CanvasRenderingContext2D} paint @param {MapView} map @param {Projection} projection */
function nameClips(paint, map, projection) {
  const { columns, rows, across, down } = projection.headings;
  const style = getComputedStyle(map.points);
  const soft = style.getPropertyValue("--soft");
  paint.font = nameFont(map);
  paint.textBaseline = "middle";
  paint.lineJoin = "round";
  paint.lineWidth = 5;
  paint.strokeStyle = style.getPropertyValue("--halo");
  const write = (/** @type {Heading} */ { index, text }, /** @type {string} */ name, /** @type {Spot} */ { x, y }) => {
    paint.fillStyle = name === map.label ? colourOf(index) : soft;
    paint.strokeText(text, x, y);
    paint.fillText(text, x, y);
  };
  paint.textAlign = "center";
  for (const column of columns) write(column, across, { x: map.toScreen(column).x, y: EDGE });
  if (map.label && !columns.length && isGathered(projection, map.label)) {
    /** @type {{x: number, y: number, half: number}[]} */
    const written = []; // names that would lie on one of them wait until the map is magnified
    for (const middle of projection.middles([map.label])) {
      const { x: at, y } = map.toScreen(middle);
      const half = paint.measureText(middle.text).width / 2;
      const x = at < 0 || at > map.width ? at : Math.min(Math.max(at, half + NAME_GAP), map.width - half - NAME_GAP);
      if (written.some((other) => Math.abs(other.y - y) < NAME_HEIGHT && Math.abs(other.x - x) < half + other.half)) continue;
      written.push({ x, y, half });
      write(middle, map.label, { x, y });
    }
  }
  paint.textAlign = "left";
  for (const row of rows) write(row, down, { x: EDGE / 2, y: map.toScreen(row).y });
}

/** Whether the clips of each value lie together, so that a name in their middle is among them. @param {Projection} projection @param {string} label */
function isGathered(projection, label) {
  return !projection.scaleOf(label) && (!projection.clustered || projection.steering.includes(label));
}

/** @param {MapView} map @returns {number} CSS pixels of the longest name of a row */
export function rowWidth(map) {
  const paint = brushOf(map.points);
  paint.font = nameFont(map);
  return Math.max(0, ...(map.projection?.headings.rows ?? []).map(({ text }) => paint.measureText(text).width - EDGE / 4));
}

/** @param {MapView} map */
function nameFont(map) {
  return `600 ${map.width < 480 ? 11 : 13}px ${getComputedStyle(map.points).fontFamily}`;
}

/** @param {MapView} map */
export function drawMarks(map) {
  const paint = brush(map.overlay);
  const style = getComputedStyle(map.overlay);
  const [ink, halo, accent, onAccent] = ["--ink", "--halo", "--accent", "--on-accent"].map((name) => style.getPropertyValue(name));
  const inks = { halo, accent, onAccent };
  paint.font = `600 13px ${style.fontFamily}`;
  paint.textAlign = "center";
  paint.textBaseline = "middle";
  if (map.line) drawLine(paint, map, map.line, inks);
  drawTrail(paint, map, accent);
  for (const { spot, text } of map.flags) flag(paint, map.toScreen(spot), text, inks, ABOVE);
  if (map.sounding) ring(paint, map.toScreen(map.sounding), 10, ink, halo);
  if (map.cursor) ring(paint, map.toScreen(map.cursor), 4, accent, halo);
}

/** @typedef {{halo: string, accent: string, onAccent: string}} Inks */

/** @param {CanvasRenderingContext2D} paint @param {MapView} map @param {{a: Spot, b: Spot, share: number}} line @param {Inks} inks */
function drawLine(paint, map, { a: from, b: to, share }, inks) {
  const [a, b] = [map.toScreen(from), map.toScreen(to)];
  paint.strokeStyle = inks.accent;
  paint.lineWidth = 2.5;
  paint.beginPath();
  paint.moveTo(a.x, a.y);
  paint.lineTo(b.x, b.y);
  paint.stroke();
  flag(paint, a, "A", inks);
  flag(paint, b, "B", inks);
  if (share > 0 && share < 1) ring(paint, { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) }, 6, inks.accent, inks.halo);
}

/** @param {CanvasRenderingContext2D} paint @param {MapView} map @param {string} colour */
function drawTrail(paint, map, colour) {
  paint.strokeStyle = colour;
  paint.lineWidth = 3;
  paint.lineCap = "round";
  const pixels = map.trail.map((spot) => map.toScreen(spot));
  for (let i = 1; i < pixels.length; i++) {
    paint.globalAlpha = (0.6 * i) / pixels.length;
    paint.beginPath();
    paint.moveTo(pixels[i - 1].x, pixels[i - 1].y);
    paint.lineTo(pixels[i].x, pixels[i].y);
    paint.stroke();
  }
  paint.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} paint @param {Spot} pixel @param {number} radius @param {string} colour @param {string} halo */
function ring(paint, { x, y }, radius, colour, halo) {
  for (const [width, stroke] of /** @type {[number, string][]} */ ([[5, halo], [2, colour]])) {
    paint.lineWidth = width;
    paint.strokeStyle = stroke;
    paint.beginPath();
    paint.arc(x, y, radius, 0, 2 * Math.PI);
    paint.stroke();
  }
}

/** @param {CanvasRenderingContext2D} paint @param {Spot} pixel @param {string} text @param {Inks} inks @param {number} [above] */
function flag(paint, { x, y: on }, text, inks, above = 0) {
  const y = on - above;
  const half = Math.max(HALF_FLAG, paint.measureText(text).width / 2 + 8);
  paint.fillStyle = inks.accent;
  paint.strokeStyle = inks.halo;
  paint.lineWidth = 2;
  paint.beginPath();
  paint.roundRect(x - half, y - HALF_FLAG, 2 * half, 2 * HALF_FLAG, HALF_FLAG);
  paint.fill();
  paint.stroke();
  paint.fillStyle = inks.onAccent;
  paint.fillText(text, x, y + 0.5);
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} cleared, in CSS pixels */
function brush(canvas) {
  const paint = brushOf(canvas);
  paint.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  paint.clearRect(0, 0, canvas.width, canvas.height);
  return paint;
}

/** @param {HTMLCanvasElement} canvas */
function brushOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
