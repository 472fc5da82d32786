/** The start of the page: connects pointers, keys and buttons with what they do. */

import { App } from "./app.js";
import { button, get, select } from "./elements.js";
import { followGestures } from "./gestures.js";
import { showLegend } from "./legend.js";

/** @typedef {import("./projection.js").Spot} Spot */

const REST_MS = 40; // a pointer that rests may be about to press
const MAX_TRAIL = 24; // spots of a drag
const ZOOM = 1.5;

const app = new App();
const { map } = app;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let rest;

/** @param {Spot | null} spot @param {"hover" | "keys"} how */
function point(spot, how) {
  map.cursor = spot;
  map.refresh();
  clearTimeout(rest);
  const readout = get("readout");
  readout.setAttribute("aria-live", how === "keys" ? "polite" : "off");
  readout.textContent = spot ? described(spot) : "";
  if (spot) rest = setTimeout(() => app.loader.prefetch(app.request(app.pointAt(spot)).call), REST_MS);
}

/** @param {Spot} spot @returns {string} where it is, in words */
function described(spot) {
  const { projection } = app;
  const clip = projection.labelled(spot);
  const near = projection.names.map((name) => `${name} ${projection.valueOf(name, clip)}`).join(", ");
  return `${spot.x.toFixed(2)}, ${spot.y.toFixed(2)}${near ? ` · near ${near}` : ""}`;
}

/** @param {Spot} spot @param {"press" | "drag"} how */
function play(spot, how) {
  clearTimeout(rest);
  app.playPoint(app.pointAt(spot), how);
  map.trail = how === "drag" ? [...map.trail.slice(1 - MAX_TRAIL), spot] : [spot];
  map.sounding = spot;
  map.refresh();
}

followGestures(map, {
  point,
  play,
  panning: () => get("pan").getAttribute("aria-pressed") === "true",
  move(end, spot) {
    app.morph.set(end, app.pointAt(spot));
    app.playPoint(app.pointAt(spot), "drag", end.toUpperCase());
  },
});
for (const near of ["pointerenter", "focus"]) map.overlay.addEventListener(near, () => app.player.prepare(), { once: true });
get("zoom-in").addEventListener("click", () => map.zoom(ZOOM));
get("zoom-out").addEventListener("click", () => map.zoom(1 / ZOOM));
get("fit").addEventListener("click", () => map.fit());
get("pan").addEventListener("click", () => {
  const on = get("pan").getAttribute("aria-pressed") !== "true";
  get("pan").setAttribute("aria-pressed", String(on));
  map.overlay.classList.toggle("panning", on);
});

select("colour").addEventListener("change", () => {
  map.label = select("colour").value;
  showLegend(get("legend"), map);
  map.redraw();
});
for (const end of /** @type {const} */ (["a", "b"])) {
  button(`set-${end}`).addEventListener("click", () => {
    const point = app.result.point;
    if (!point) return;
    app.morph.set(end, point);
    app.openTool("morph");
  });
}
get("open-play").addEventListener("click", () => {
  /** @type {HTMLDetailsElement} */ (get("play")).open = true;
  get("play").querySelector("summary")?.focus();
});
get("play").addEventListener("toggle", () => import("./play/play.js").then(({ Play }) => new Play(app), app.connection.fail), { once: true });
addEventListener("hashchange", () => app.restore().catch(app.connection.fail));
app.start();
