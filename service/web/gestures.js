/** Gestures on the map: pointers, wheel and keys play, pan and zoom. */

/** @typedef {import("./map.js").MapView} MapView */
/** @typedef {import("./projection.js").Spot} Spot */
/**
 * @typedef {object} Actions
 * @property {(spot: Spot, how: "press" | "drag") => void} play
 * @property {(spot: Spot | null, how: "hover" | "keys") => void} point
 * @property {(end: "a" | "b", spot: Spot) => void} move  an end of the line is dragged
 * @property {() => boolean} panning                      whether a plain drag moves the map
 */

const GRAB = 18; // pixels around an end of the line
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {MapView} map @param {Actions} actions */
export function followGestures(map, actions) {
  const canvas = map.overlay;
  /** @type {Map<number, Spot>} pointers that are down, in pixels */
  const down = new Map();
  /** @type {"play" | "pan" | "a" | "b" | null} */
  let gesture = null;
  const pixel = (/** @type {MouseEvent} */ event) => ({ x: event.offsetX, y: event.offsetY });

  canvas.addEventListener("pointerdown", (event) => {
    if (!map.projection || event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    map.held = true;
    down.set(event.pointerId, pixel(event));
    const end = grabbed(map, pixel(event));
    if (down.size > 1 || event.button === 1 || event.shiftKey || actions.panning()) gesture = "pan";
    else gesture = end ?? "play";
    if (gesture === "play") actions.play(map.toSpot(pixel(event)), "press");
  });

  canvas.addEventListener("pointermove", (event) => {
    if (!map.projection) return;
    const before = down.get(event.pointerId);
    const now = pixel(event);
    actions.point(map.toSpot(now), "hover");
    if (!before) return;
    const others = [...down].filter(([id]) => id !== event.pointerId);
    down.set(event.pointerId, now);
    if (gesture === "pan") {
      map.pan((now.x - before.x) / down.size, (now.y - before.y) / down.size);
      if (others.length) pinch(map, others[0][1], before, now);
    } else if (gesture === "a" || gesture === "b") actions.move(gesture, map.toSpot(now));
    else if (gesture === "play") actions.play(map.toSpot(now), "drag");
  });

  const up = (/** @type {PointerEvent} */ event) => {
    down.delete(event.pointerId);
    if (down.size) return;
    gesture = null;
    map.release();
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => down.size || actions.point(null, "hover"));

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      map.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), pixel(event));
    },
    { passive: false },
  );

  canvas.addEventListener("keydown", (event) => {
    if (!map.projection || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressed(map, actions, event.key, event.shiftKey)) return;
    event.preventDefault();
  });
}

/** @param {MapView} map @param {Actions} actions @param {string} key @param {boolean} far @returns {boolean} whether the key has a meaning here */
function pressed(map, actions, key, far) {
  const spot = map.cursor ?? map.sounding ?? map.centre;
  if (key in ARROWS) {
    const [dx, dy] = ARROWS[/** @type {keyof typeof ARROWS} */ (key)];
    const step = map.step * (far ? 5 : 1);
    const moved = { x: spot.x + dx * step, y: spot.y + dy * step };
    map.reveal(moved);
    actions.point(moved, "keys");
  } else if (key === "Enter" || key === " ") {
    actions.play(spot, "press");
  } else if (key === "+" || key === "=") {
    map.zoom(1.4, map.toScreen(spot));
  } else if (key === "-") {
    map.zoom(1 / 1.4, map.toScreen(spot));
  } else if (key === "0") {
    map.fit();
  } else {
    return false;
  }
  return true;
}

/** @param {MapView} map @param {Spot} at @returns {"a" | "b" | null} the end of the line that is there */
function grabbed(map, at) {
  if (!map.line) return null;
  for (const end of /** @type {const} */ (["a", "b"])) {
    const there = map.toScreen(map.line[end]);
    if (Math.hypot(there.x - at.x, there.y - at.y) <= GRAB) return end;
  }
  return null;
}

/** @param {MapView} map @param {Spot} still @param {Spot} before @param {Spot} now */
function pinch(map, still, before, now) {
  const apart = (/** @type {Spot} */ spot) => Math.hypot(spot.x - still.x, spot.y - still.y) || 1;
  map.zoom(apart(now) / apart(before), { x: (still.x + now.x) / 2, y: (still.y + now.y) / 2 });
}
