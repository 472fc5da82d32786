/** Hands on the page: what pointers, keys and buttons ask of it. */

import { App } from "./app.js";
import { button, get, select } from "./elements.js";
import { followHands } from "./hand.js";
import { showLegend } from "./legend.js";

/** @typedef {import("./space.js").Spot} Spot */

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
  readout.textContent = spot ? placeOf(spot) : "";
  if (spot) rest = setTimeout(() => app.studio.foresee(app.wish(app.pointAt(spot)).recipe), REST_MS);
}

/** @param {Spot} spot @returns {string} where it is, in words */
function placeOf(spot) {
  const { space } = app;
  const [near] = space.nearest(spot);
  const clip = space.names.map((name) => `${name} ${space.valueOf(name, near.clip)}`).join(", ");
  return `${spot.x.toFixed(2)}, ${spot.y.toFixed(2)}${clip ? ` · near ${clip}` : ""}`;
}

/** @param {Spot} spot @param {"press" | "drag"} how */
function listen(spot, how) {
  clearTimeout(rest);
  app.hearPoint(app.pointAt(spot), how);
  map.trail = how === "drag" ? [...map.trail.slice(1 - MAX_TRAIL), spot] : [spot];
  map.heard = spot;
  map.refresh();
}

followHands(map, {
  point,
  listen,
  panning: () => get("pan").getAttribute("aria-pressed") === "true",
  move(end, spot) {
    app.morph.set(end, app.pointAt(spot));
    app.hearPoint(app.pointAt(spot), "drag", end.toUpperCase());
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

select("model").addEventListener("change", () => app.open(select("model").value).catch(app.connection.fail));
select("colour").addEventListener("change", () => {
  map.label = select("colour").value;
  showLegend(get("legend"), map);
  map.redraw();
});
for (const end of /** @type {const} */ (["a", "b"])) {
  button(`set-${end}`).addEventListener("click", () => {
    const { sound } = app.now;
    if (!sound?.z) return;
    const { level, duration } = sound.place;
    app.morph.set(end, { z: sound.z, labels: sound.labels, level, duration });
    app.openTool("morph");
  });
}
addEventListener("hashchange", () => app.restore().catch(app.connection.fail));
app.start();
