/** Colours and shapes for the values of a label, for people with any colour vision. */

// Ten hues, one row for each background, dark or light enough on it to write words in (4.5 to 1). Shapes distinguish
// what colours do not; with more than ten values the colours repeat in another shape.
const LIGHT = ["#332288", "#c43a4e", "#117733", "#2a7ab0", "#946a00", "#882255", "#1f7a70", "#7a7f1e", "#aa4499", "#5b6470"];
const DARK = ["#9d92ff", "#ff8795", "#4fc37a", "#88ccee", "#e9cf6b", "#e06aa4", "#5fd9c8", "#c5c94a", "#d795e8", "#b9c2cc"];

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {() => void} listener  called when light turns dark or back */
export function onScheme(listener) {
  dark.addEventListener("change", listener);
}

/**
 * @param {number} index  of the value
 * @param {number} [count]  of the values of a number, whose colours go from blue to yellow; 0 for a name
 * @returns {string}
 */
export function colourOf(index, count = 0) {
  const row = dark.matches ? DARK : LIGHT;
  if (!count) return row[index % row.length];
  const share = index / Math.max(count - 1, 1);
  const [from, to] = dark.matches ? [62, 78] : [38, 52]; // per cent of lightness
  return `hsl(${Math.round(255 - 205 * share)} 70% ${Math.round(from + (to - from) * share)}%)`;
}

/** @param {number} index @param {number} [count]  of the values of a number, which all are circles @returns {"circle" | "square" | "triangle"} */
export function shapeOf(index, count = 0) {
  if (count) return "circle";
  return /** @type {const} */ (["circle", "square", "triangle"])[Math.floor(index / 2) % 3];
}

/** Adds a shape to a path. @param {CanvasRenderingContext2D | Path2D} path @param {number} index @param {number} x @param {number} y @param {number} radius @param {number} [count]  of the values of a number */
export function trace(path, index, x, y, radius, count = 0) {
  const shape = shapeOf(index, count);
  if (shape === "circle") {
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (shape === "square") {
    path.rect(x - radius * 0.88, y - radius * 0.88, radius * 1.76, radius * 1.76);
  } else {
    path.moveTo(x, y - radius * 1.2);
    path.lineTo(x + radius * 1.1, y + radius * 0.8);
    path.lineTo(x - radius * 1.1, y + radius * 0.8);
    path.closePath();
  }
}

/** @param {number} index @returns {string} the value's mark as SVG, for a legend */
export function mark(index) {
  const body = {
    circle: '<circle cx="5" cy="5" r="4.5"/>',
    square: '<rect x="1" y="1" width="8" height="8"/>',
    triangle: '<path d="M5 0 10 9.5H0z"/>',
  }[shapeOf(index)];
  return `<svg viewBox="0 0 10 10" aria-hidden="true" fill="${colourOf(index)}">${body}</svg>`;
}
