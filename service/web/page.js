/** The page: opens a model, and joins map, tools and what sounds. */

import { generate, map as fetchMap, models as fetchModels } from "./api.js";
import { Connection } from "./connection.js";
import { followHands } from "./hand.js";
import { chosenTone, setTone, showTone, worded } from "./labels.js";
import { fillColours, showLegend } from "./legend.js";
import { readLink } from "./link.js";
import { MapView } from "./map.js";
import { Now } from "./now.js";
import { Player } from "./player.js";
import { rounded, Space } from "./space.js";
import { Studio } from "./studio.js";
import { tabs } from "./tabs.js";
import { morphPanel, samplePanel, shapePanel } from "./tools.js";
import { voicePanel } from "./voice.js";

/** @typedef {import("./space.js").Spot} Spot */
/** @typedef {{z: number[], labels: import("./api.js").Labels}} Point */
/** @typedef {typeof app} App */

const REST_MS = 70; // a pointer that rests may be about to press

/** @param {string} id */
const get = (id) => /** @type {any} */ (document.getElementById(id));

const player = new Player();
const connection = new Connection(get("notice"), get("problem"), () => model || start());
const now = new Now(player, connection.tell);
const map = new MapView(get("points"), get("map"));
/** @type {any[]} */ let models = [];
/** @type {any} */ let model = null;
/** @type {AbortController | null} */ let opening = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let rest;

const studio = new Studio(player, shown, connection.fail);

const app = {
  player,
  connection,
  now,
  map,
  studio,
  /** The model that is open, with its `reference`. */
  get model() {
    return model;
  },
  get space() {
    return /** @type {Space} */ (map.space);
  },
  tone: () => chosenTone(get("tone")),
  /** The point under a spot, with the labels of the nearest clip where the tone leaves them open. @param {Spot} spot @returns {Point} */
  pointAt(spot) {
    const [near] = app.space.nearest(spot);
    const own = Object.keys(model.labels).map((name) => [name, app.space.valueOf(name, near.clip)]);
    return { z: app.space.toZ(spot), labels: { ...Object.fromEntries(own), ...app.tone() } };
  },
  /** @param {Point} point @param {"press" | "drag"} how @param {string} [title] */
  hearPoint(point, how, title) {
    const wish = pointWish(point, title);
    if (how === "press") studio.hear(wish);
    else studio.scrub(wish);
  },
  openTool: (/** @type {string} */ panel) => openTab(panel),
};

const voice = voicePanel(app);
const sample = samplePanel(app);
const morph = morphPanel(app);
const shape = shapePanel(app);
const openTab = tabs(get("tools").querySelector("[role=tablist]"), (panel) => {
  map.line = null;
  if (panel === "morph" && map.space) morph.show();
  map.refresh();
});

/** @param {Point} point @param {string} [title] @param {number} [level] @returns {import("./studio.js").Wish} */
function pointWish({ z, labels }, title, level) {
  const words = worded(labels);
  return {
    recipe: generate(model.reference, z, labels, level),
    describe: () => ({
      kind: "point",
      title: [title ?? "A point of the map", words].filter(Boolean).join(": "),
      about: z.length === 2 ? `z is ${z.map((value) => rounded(value)).join(", ")}.` : `In ${z.length} dimensions, of which the map shows two.`,
      place: { model: model.reference, z, labels, level },
      z,
      labels,
    }),
  };
}

/** @param {import("./studio.js").Sound} sound */
function shown(sound) {
  connection.clear();
  now.show(sound);
  map.heard = sound.z && map.space ? map.space.toSpot(sound.z) : null;
  if (sound.kind !== "replica") map.yours = null;
  shape.follow(sound.z);
  map.refresh();
}

/** @param {Spot | null} spot @param {"hover" | "keys"} how */
function point(spot, how) {
  map.cursor = spot;
  map.refresh();
  clearTimeout(rest);
  const readout = get("readout");
  readout.setAttribute("aria-live", how === "keys" ? "polite" : "off");
  if (!spot || !map.space) return (readout.textContent = "");
  const [near] = map.space.nearest(spot);
  const clip = map.space.names.map((name) => `${name} ${map.space?.valueOf(name, near.clip)}`).join(", ");
  readout.textContent = `${spot.x.toFixed(2)}, ${spot.y.toFixed(2)}${clip ? ` · near ${clip}` : ""}`;
  rest = setTimeout(() => studio.foresee(pointWish(app.pointAt(spot)).recipe), REST_MS);
}

followHands(map, {
  point,
  panning: () => get("pan").getAttribute("aria-pressed") === "true",
  listen(spot, how) {
    clearTimeout(rest);
    app.hearPoint(app.pointAt(spot), how);
    map.heard = spot;
    map.refresh();
  },
  move(end, spot) {
    morph.set(end, app.pointAt(spot));
    app.hearPoint(app.pointAt(spot), "drag", end.toUpperCase());
  },
});

/** Says what sounds again, in the tone that is chosen. */
function toneChanged() {
  const { sound } = now;
  if (!sound || voice.again()) return;
  if (sound.kind === "sample") sample.again();
  else if (sound.z) app.hearPoint({ z: sound.z, labels: { ...sound.labels, ...app.tone() } }, "press");
}

/** @param {string} reference  name or name@version */
async function open(reference) {
  opening?.abort();
  opening = new AbortController();
  const { signal } = opening;
  const found = models.find((one) => [one.name, one.reference].includes(reference)) ?? models.find((one) => one.default) ?? models[0];
  studio.hush();
  const space = new Space(await fetchMap(found.reference, signal));
  if (signal.aborted) return;
  model = found;
  get("model").value = found.reference;
  fillColours(get("colour"), get("colour-field"), space);
  map.show(space, space.clearest);
  get("colour").value = space.clearest ?? "";
  showLegend(get("legend"), map);
  showTone(get("tone"), found.labels, toneChanged);
  voice.forget();
  morph.reset();
  shape.show();
  if (!get("morph").hidden) morph.show();
  get("model-about").textContent = `${found.description}. ${space.nClips} clips of ${found.data.name} (${found.data.licence}); ${found.latent_dim} dimensions.`;
}

/** Brings back the sound that the address names, without playing it: browsers want a hand for that. */
async function restore() {
  const place = readLink(location.hash);
  if (!place) return;
  if (place.model !== model?.reference && place.model !== model?.name) await open(place.model);
  if (place.model !== model.reference && place.model !== model.name) return connection.fail(new Error(`There is no model ${place.model}.`));
  const labels = place.labels ?? {};
  if (place.seed !== undefined) {
    const temperature = place.temperature ?? model.latent_distribution.temperature;
    sample.set(place.seed, temperature);
    setTone(get("tone"), labels);
    openTab("sample");
    await studio.hear(sample.wish(place.seed, temperature, labels), false);
  } else if (place.walk) {
    const [from, to] = place.walk;
    const [a, b] = place.ends ?? [{}, {}];
    setTone(get("tone"), labels);
    morph.reset({ a: { z: from, labels: a }, b: { z: to, labels: b } });
    get("steps").value = place.steps;
    openTab("morph");
    await studio.hear(morph.wish(place.walk, [a, b], place.steps ?? 8, labels), false);
  } else if (place.z) {
    await studio.hear(pointWish({ z: place.z, labels }, "From a link", place.level), false);
  }
}

async function start() {
  try {
    models = (await fetchModels()).map((one) => ({ ...one, reference: `${one.name}@${one.version}` }));
    get("model").replaceChildren(...models.map((one) => new Option(one.reference, one.reference)));
    get("model").disabled = false;
    await open(readLink(location.hash)?.model ?? "");
    sample.set(7, model.latent_distribution.temperature);
    await restore();
  } catch (error) {
    connection.fail(/** @type {Error} */ (error));
  }
}

get("model").addEventListener("change", () => open(get("model").value).catch(connection.fail));
get("colour").addEventListener("change", () => {
  map.label = get("colour").value;
  showLegend(get("legend"), map);
  map.redraw();
});
for (const near of ["pointerenter", "focus"]) map.overlay.addEventListener(near, () => player.prepare(), { once: true });
get("zoom-in").addEventListener("click", () => map.zoom(1.5));
get("zoom-out").addEventListener("click", () => map.zoom(1 / 1.5));
get("fit").addEventListener("click", () => map.fit());
get("pan").addEventListener("click", () => {
  const on = get("pan").getAttribute("aria-pressed") !== "true";
  get("pan").setAttribute("aria-pressed", String(on));
  map.overlay.classList.toggle("panning", on);
});
for (const end of /** @type {const} */ (["a", "b"])) {
  get(`set-${end}`).addEventListener("click", () => {
    if (!now.sound?.z) return;
    morph.set(end, { z: now.sound.z, labels: now.sound.labels });
    openTab("morph");
  });
}
addEventListener("hashchange", () => restore().catch(connection.fail));
start();
