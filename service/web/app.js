/** What the page can do: opens a model, and joins map, tools and what sounds. */

import { map as fetchMap, models as fetchModels } from "./api.js";
import { Connection } from "./connection.js";
import { get, input, select } from "./elements.js";
import { chosenTone, setTone, showTone } from "./labels.js";
import { fillColours, showLegend } from "./legend.js";
import { readLink } from "./link.js";
import { MapView } from "./map.js";
import { MorphPanel } from "./morph.js";
import { Now } from "./now.js";
import { Player } from "./player.js";
import { pointAt, pointWish, toned } from "./points.js";
import { SamplePanel } from "./sample.js";
import { ShapePanel } from "./shape.js";
import { Space } from "./space.js";
import { Studio } from "./studio.js";
import { tabs } from "./tabs.js";
import { VoicePanel } from "./voice.js";

/** @typedef {import("./points.js").Point} Point */
/** @typedef {import("./space.js").Spot} Spot */

const FIRST_SEED = 7;

export class App {
  /** @type {any[]} */ #models = [];
  /** @type {AbortController | null} */ #opening = null;
  /** @type {any} the model that is open, with its `reference` */ model = null;

  constructor() {
    this.player = new Player();
    this.connection = new Connection(() => this.model || this.start());
    this.now = new Now(this.player, this.connection.tell);
    this.map = new MapView(/** @type {any} */ (get("points")), /** @type {any} */ (get("map")));
    this.studio = new Studio(this.player, (sound) => this.#shown(sound), this.connection.fail);
    this.voice = new VoicePanel(this);
    this.sample = new SamplePanel(this);
    this.morph = new MorphPanel(this);
    this.shape = new ShapePanel(this);
    this.openTool = tabs(get("tablist"), (panel) => this.#toolOpened(panel));
  }

  /** The map of the open model; there is one whenever there is a model. */
  get space() {
    return /** @type {Space} */ (this.map.space);
  }

  /** What the selects ask for. */
  tone() {
    return chosenTone(get("tone"));
  }

  /** @param {Spot} spot */
  pointAt(spot) {
    return pointAt(this.space, spot, Object.keys(this.model.labels));
  }

  /** @param {Point} point  in the tone that is chosen */
  toned(point) {
    return toned(this.space, point, this.tone());
  }

  /** @param {Point} point @param {string} [title] */
  wish(point, title) {
    return pointWish(this.model.reference, point, this.toned(point), title);
  }

  /** @param {Point} point @param {"press" | "drag"} how @param {string} [title] */
  hearPoint(point, how, title) {
    if (how === "press") this.studio.hear(this.wish(point, title));
    else this.studio.scrub(this.wish(point, title));
  }

  /** Says what sounds again, in the tone that is chosen. */
  toneChanged() {
    const { sound } = this.now;
    if (!sound || this.voice.again()) return;
    if (sound.kind === "sample") this.sample.again();
    else if (sound.kind === "walk") this.morph.walk();
    else if (sound.point) this.hearPoint(sound.point, "press");
  }

  /** Asks for the models, and opens the one that the address names, or the default. */
  async start() {
    try {
      this.#models = (await fetchModels()).map((one) => ({ ...one, reference: `${one.name}@${one.version}` }));
      select("model").replaceChildren(...this.#models.map((one) => new Option(one.reference)));
      select("model").disabled = false;
      await this.open(new URLSearchParams(location.hash.slice(1)).get("model") ?? "", false);
      await this.#greet();
    } catch (error) {
      this.connection.fail(/** @type {Error} */ (error));
    }
  }

  /** Shows the sound that the address names; where it names none, or no sound, one of the model's own. */
  async #greet() {
    try {
      if (readLink(location.hash)) return await this.restore();
    } catch (error) {
      await this.sample.again(false);
      throw error;
    }
    await this.sample.again(false);
  }

  /** @param {string} asked  name or name@version; another is the default @param {boolean} [greeted]  by a sound of its own */
  async open(asked, greeted = true) {
    this.#opening?.abort();
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    const model = this.#named(asked) ?? this.#models.find((one) => one.default) ?? this.#models[0];
    this.studio.hush();
    const space = new Space(await fetchMap(model.reference, model.latent_dim > 2, signal));
    if (signal.aborted) return;
    this.model = model;
    select("model").value = model.reference;
    this.#showSpace(space);
    showTone(get("tone"), model.labels, () => this.toneChanged());
    this.voice.forget();
    this.morph.reset();
    this.shape.show();
    if (!get("morph").hidden) this.morph.show();
    this.sample.set(FIRST_SEED, model.latent_distribution.temperature);
    get("model-about").textContent = `${model.description}. ${space.nClips} clips of ${model.data.name} (${model.data.licence}); ${model.latent_dim} dimensions.`;
    if (greeted) await this.sample.again(false);
  }

  /** Brings back the sound that the address names, without playing it: browsers want a hand for that. */
  async restore() {
    const place = readLink(location.hash);
    if (!place) return;
    if (!this.#named(place.model)) throw new Error(`There is no model ${place.model}.`);
    if (this.#named(place.model) !== this.model) await this.open(place.model, false);
    const { z, walk, seed, labels = {}, level, duration } = place;
    const linked = { z: z ?? [], labels, level, duration };
    if (z) return this.studio.hear(pointWish(this.model.reference, linked, linked, "From a link"), false);
    this.#checkLink(place);
    setTone(get("tone"), labels);
    if (seed !== undefined) {
      this.openTool("sample");
      this.sample.set(seed, place.temperature ?? this.model.latent_distribution.temperature);
      await this.sample.again(false);
    } else if (walk) {
      const [a, b] = walk.map((end, i) => ({ z: end, labels: place.ends?.[i] ?? {}, level: place.levels?.[i] }));
      this.morph.reset({ a, b });
      input("steps").value = String(place.steps);
      this.openTool("morph");
      await this.morph.walk(false);
    }
  }

  /** @param {import("./link.js").Place} place @throws {Error} where a tool cannot show what the link asks for */
  #checkLink({ labels = {}, steps, temperature }) {
    for (const [name, value] of Object.entries(labels))
      if (!this.model.labels[name]?.includes(value)) throw new Error(`${this.model.reference} knows no ${name} ${value}.`);
    for (const [name, value] of Object.entries({ steps, temperature })) {
      const { min, max } = input(name);
      if (value !== undefined && !(value >= Number(min) && value <= Number(max)))
        throw new Error(`The link asks for ${name} ${value}; ${min} to ${max} are possible.`);
    }
  }

  /** @param {string} asked */
  #named(asked) {
    return this.#models.find((one) => [one.reference, one.name].includes(asked));
  }

  /** @param {Space} space */
  #showSpace(space) {
    fillColours(select("colour"), get("colour-field"), space);
    select("colour").value = space.clearest ?? "";
    this.map.show(space, space.clearest);
    showLegend(get("legend"), this.map);
  }

  /** @param {import("./studio.js").Sound} sound */
  #shown(sound) {
    const { map } = this;
    if (this.player.sounding === sound.bytes) this.connection.clear(); // what is shown in silence answers no complaint
    this.now.show(sound);
    map.heard = sound.z && map.space ? map.space.toSpot(sound.z, sound.labels) : null;
    if (sound.kind !== "replica") map.yours = null;
    this.shape.follow(sound.z);
    map.refresh();
  }

  /** @param {string} panel */
  #toolOpened(panel) {
    this.map.line = null;
    if (panel === "morph" && this.model) this.morph.show();
    this.map.refresh();
  }
}
