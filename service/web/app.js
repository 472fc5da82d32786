/** The page as a whole: it opens a model, and connects the map, the tools and the sound that is shown. */

import { map as fetchMap, models as fetchModels } from "./api.js";
import { Connection } from "./connection.js";
import { get, select } from "./elements.js";
import { ExcerptView } from "./excerpt.js";
import { describeMap, fillColours, showLegend } from "./legend.js";
import { readLink } from "./link.js";
import { Loader } from "./loader.js";
import { MapView } from "./map.js";
import { ModelChooser } from "./models.js";
import { MorphPanel } from "./morph.js";
import { Player } from "./player.js";
import { pointAt, pointFrom, pointRequest } from "./points.js";
import { Projection } from "./projection.js";
import { restore } from "./restore.js";
import { ResultView } from "./result.js";
import { SamplePanel } from "./samples.js";
import { SliderPanel } from "./sliders.js";
import { tabs } from "./tabs.js";
import { Targets } from "./targets.js";
import { UploadPanel } from "./uploads.js";

/** @typedef {import("./points.js").Point} Point */
/** @typedef {import("./projection.js").Spot} Spot */

const FIRST_SEED = 7;
const MAX_HEARD = 50; // sounds

export class App extends EventTarget {
  /** @type {any[]} */ #models = [];
  #first = ""; // name@version
  /** @type {AbortController | null} */ #opening = null;
  /** @type {any} the open model, with its `reference` */ model = null;
  /** @type {Omit<import("./loader.js").Sound, "waveform">[]} what was played, the newest first */ heard = [];

  constructor() {
    super();
    this.player = new Player();
    this.connection = new Connection(() => this.model || this.start());
    this.chooser = new ModelChooser((reference) => this.open(reference).catch(this.connection.fail));
    this.targets = new Targets(() => this.#targetChanged());
    this.result = new ResultView(this.player, this.connection.notify);
    this.map = new MapView(/** @type {any} */ (get("points")), /** @type {any} */ (get("map")));
    this.loader = new Loader(this.player, (sound) => this.#show(sound), this.connection.fail);
    this.uploads = new UploadPanel(this);
    this.excerpt = new ExcerptView((startS) => this.uploads.moveWindow(startS));
    this.samples = new SamplePanel(this);
    this.morph = new MorphPanel(this);
    this.sliders = new SliderPanel(this);
    this.openTool = tabs(get("tablist"), (panel) => this.#toolOpened(panel));
  }

  /** The map of the open model; there is one whenever there is a model. */
  get projection() {
    return /** @type {Projection} */ (this.map.projection);
  }

  /** @param {Spot} spot */
  pointAt(spot) {
    return pointAt(this.projection, spot, Object.keys(this.model.labels));
  }

  /** @param {import("./link.js").Where} where @param {Partial<Point>} own */
  pointFrom(where, own) {
    return pointFrom(this.projection, where, own, Object.keys(this.model.labels));
  }

  /** @param {Point} point @param {string} [title] */
  request(point, title) {
    return pointRequest(this.model.reference, this.projection, point, this.targets.chosen, title);
  }

  /** @param {Point} point @param {"press" | "drag"} how @param {string} [title] @param {boolean} [aloud] */
  playPoint(point, how, title, aloud = true) {
    if (how === "press") return this.loader.load(this.request(point, title), aloud);
    return this.loader.loadNewest(this.request(point, title));
  }

  /** Fetches the models, and opens the one that the address names, or the one that is shown first. */
  async start() {
    try {
      const { models, shown_first: first } = await fetchModels();
      this.#models = models.map((/** @type {any} */ one) => ({ ...one, reference: `${one.name}@${one.version}` }));
      this.#first = first;
      this.chooser.list(this.#models);
      await this.open(new URLSearchParams(location.hash.slice(1)).get("model") ?? "", false);
      await this.#showFirst();
    } catch (error) {
      this.connection.fail(/** @type {Error} */ (error));
    }
  }

  /** Shows the sound that the address names; where it names none, or a wrong one, a sample. */
  async #showFirst() {
    try {
      if (readLink(location.hash)) await this.restore();
    } finally {
      if (!this.result.sound) await this.samples.sample(false);
    }
  }

  /** @param {string} asked  name or name@version; anything else is the one shown first @param {boolean} [sampled]  shows a sample of it */
  async open(asked, sampled = true) {
    this.#opening?.abort();
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    const model = this.#find(asked) ?? this.#find(this.#first);
    this.loader.cancel();
    const answer = await fetchMap(model.reference, model.latent_dim > 2, signal);
    if (signal.aborted) return;
    this.model = model;
    this.chooser.show(model);
    this.#showMap(new Projection(answer, Object.keys(model.labels).filter((name) => !(name in model.numbers))));
    this.targets.offer(model.labels, model.numbers);
    this.uploads.clear();
    this.morph.reset();
    this.sliders.show();
    if (!get("morph").hidden) this.morph.show();
    this.samples.set(FIRST_SEED, model.latent_distribution.temperature);
    this.dispatchEvent(new Event("opened"));
    if (sampled) await this.samples.sample(false);
  }

  /** Shows the sound that the address names. */
  async restore() {
    const place = readLink(location.hash);
    if (!place) return;
    if (!this.#find(place.model)) throw new Error(`The link names the model ${place.model}, which this service does not have.`);
    if (this.#find(place.model) !== this.model) await this.open(place.model, false);
    await restore(this, place);
  }

  /** @param {string} asked */
  #find(asked) {
    return this.#models.find((one) => [one.reference, one.name].includes(asked));
  }

  /** @param {Projection} projection */
  #showMap(projection) {
    fillColours(select("colour"), get("colour-field"), projection);
    select("colour").value = projection.clearest ?? "";
    this.map.show(projection, projection.clearest);
    describeMap(projection);
    showLegend(get("legend"), this.map);
  }

  /** Plays what is shown again, with the labels that are chosen now. */
  #targetChanged() {
    const { sound } = this.result;
    if (!sound) return;
    if (sound.kind === "replica") this.uploads.replicateAgain();
    else if (sound.kind === "sample") this.samples.sample();
    else if (sound.kind === "path") this.morph.playPath();
    else if (sound.point) this.playPoint(sound.point, "press");
  }

  /** Lists a sound as the last one that was heard. @param {Omit<import("./loader.js").Sound, "waveform">} sound */
  hear(sound) {
    this.heard = [sound, ...this.heard.filter(({ bytes }) => bytes !== sound.bytes)].slice(0, MAX_HEARD);
  }

  /** @param {import("./loader.js").Sound} sound */
  #show(sound) {
    const aloud = this.player.playing === sound.bytes;
    if (aloud) {
      this.connection.clear();
      this.hear(sound);
    }
    this.result.show(sound);
    this.excerpt.show(sound.excerpt);
    if (aloud) this.map.whenReleased(() => this.result.reveal());
    this.map.sounding = sound.z && this.map.projection ? this.projection.toSpot(sound.z, sound.labels) : null;
    this.sliders.follow(sound.z);
    this.map.refresh();
    this.dispatchEvent(new Event("shown"));
  }

  /** @param {string} panel */
  #toolOpened(panel) {
    this.map.line = null;
    if (panel === "morph" && this.model) this.morph.show();
    this.map.refresh();
  }
}
