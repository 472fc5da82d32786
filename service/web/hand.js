/** What hands do on the map: pointers, wheel and keys become listening, moving and zooming. */

/** @typedef {import("./map.js").MapView} MapView */
/** @typedef {import("./space.js").Spot} Spot */
/**
 * @typedef {object} Hands
 * @property {(spot: Spot, how: "press" | "drag") => void} listen
 * @property {(spot: Spot | null, how: "hover" | "keys") => void} point
 * @property {(end: "a" | "b", spot: Spot) => void} move  an end of the line is dragged
 * @property {() => boolean} panning                      whether a plain drag moves the map
 */

const GRAB = 18; // pixels around an end of the line
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {MapView} map @param {Hands} hands */
export function followHands(map, hands) {
  const canvas = map.overlay;
  /** @type {Map<number, Spot>} pointers that are down, in pixels */
  const down = new Map();
  /** @type {"listen" | "pan" | "a" | "b" | null} */
  let doing = null;
  const pixel = (/** @type {MouseEvent} */ event) => ({ x: event.offsetX, y: event.offsetY });

  canvas.addEventListener("pointerdown", (event) => {
    if (!map.space || event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, pixel(event));
    const end = grabbed(map, pixel(event));
    if (down.size > 1 || event.button === 1 || event.shiftKey || hands.panning()) doing = "pan";
    else doing = end ?? "listen";
    if (doing === "listen") hands.listen(map.toSpot(pixel(event)), "press");
  });

  canvas.addEventListener("pointermove", (event) => {
    if (!map.space) return;
    const before = down.get(event.pointerId);
    const now = pixel(event);
    hands.point(map.toSpot(now), "hover");
    if (!before) return;
    const others = [...down].filter(([id]) => id !== event.pointerId);
    down.set(event.pointerId, now);
    if (doing === "pan") {
      map.pan((now.x - before.x) / down.size, (now.y - before.y) / down.size);
      if (others.length) pinch(map, others[0][1], before, now);
    } else if (doing === "a" || doing === "b") hands.move(doing, map.toSpot(now));
    else if (doing === "listen") hands.listen(map.toSpot(now), "drag");
  });

  const up = (/** @type {PointerEvent} */ event) => {
    down.delete(event.pointerId);
    if (!down.size) doing = null;
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => down.size || hands.point(null, "hover"));

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      map.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), pixel(event));
    },
    { passive: false },
  );

  canvas.addEventListener("keydown", (event) => {
    if (!map.space || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressed(map, hands, event.key, event.shiftKey)) return;
    event.preventDefault();
  });
}

/** @param {MapView} map @param {Hands} hands @param {string} key @param {boolean} far @returns {boolean} whether it means something here */
function pressed(map, hands, key, far) {
  const spot = map.cursor ?? map.heard ?? map.centre;
  if (key in ARROWS) {
    const [dx, dy] = ARROWS[/** @type {keyof typeof ARROWS} */ (key)];
    const step = map.step * (far ? 5 : 1);
    const moved = { x: spot.x + dx * step, y: spot.y + dy * step };
    map.reveal(moved);
    hands.point(moved, "keys");
  } else if (key === "Enter" || key === " ") {
    hands.listen(spot, "press");
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
