/** The sound that is shown: its plots, its file, its link and its curl line. */

import { curl } from "./api.js";
import { get } from "./elements.js";
import { writeLink } from "./link.js";
import { save } from "./names.js";
import { onScheme } from "./palette.js";
import { AXIS_LEFT, drawSound } from "./plots.js";

/** @typedef {import("./loader.js").Sound} Sound */

const SIDES = /** @type {const} */ (["original", "replica"]);
const ADDRESS_MS = 250; // browsers refuse an address that changes too often
const NARROW = "(max-width: 60rem)"; // as in style.css: the result lies below the map

export class ResultView {
  /** @type {Sound | null} */
  sound = null;
  /** @type {Partial<Record<"original" | "replica", Animation>>} */
  #playheads = {};

  /** @param {import("./player.js").Player} player @param {(text: string) => void} notify */
  constructor(player, notify) {
    this.player = player;
    for (const side of SIDES) get(side).querySelector("button")?.addEventListener("click", () => this.#play(side));
    get("download").addEventListener("click", () => this.#download());
    get("copy-link").addEventListener("click", () => copy(this.link, "The link to this sound is copied.", notify));
    get("copy-curl").addEventListener("click", () => copy(get("curl").textContent ?? "", "The curl line is copied.", notify));
    player.addEventListener("change", () => this.#follow());
    onScheme(() => this.#paint());
    new ResizeObserver(() => this.#paint()).observe(get("figures"));
  }

  /** @param {Sound} sound */
  show(sound) {
    this.sound = sound;
    get("result-title").textContent = sound.title;
    get("about").textContent = sound.about;
    get("original").hidden = !sound.original;
    get("replica-name").textContent = sound.original ? "Replica" : "Sound";
    get("curl").textContent = curl(sound.call, document.baseURI);
    for (const button of document.querySelectorAll("#result button, #copy-curl")) {
      /** @type {HTMLButtonElement} */ (button).disabled = false;
    }
    for (const id of ["set-a", "set-b"]) /** @type {HTMLButtonElement} */ (get(id)).disabled = !sound.z;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => history.replaceState(null, "", writeLink(sound.place)), ADDRESS_MS);
    requestAnimationFrame(() => this.#paint());
    this.#follow();
  }

  /** Scrolls to the result where it lies below the map, no further than needed. */
  reveal() {
    if (!matchMedia(NARROW).matches) return;
    const behavior = calm() ? "instant" : "smooth";
    requestAnimationFrame(() => get("shown").scrollIntoView({ block: "nearest", behavior }));
  }

  /** @returns {string} */
  get link() {
    return this.sound ? location.origin + location.pathname + writeLink(this.sound.place) : location.href;
  }

  /** @returns {import("./points.js").Point | null} the point whose sound is shown, as an end of a path */
  get point() {
    const { sound } = this;
    if (!sound?.z) return null;
    const { level, duration, target = {} } = sound.place;
    if (sound.point && !Object.keys(target).length) return sound.point;
    return { z: sound.z, labels: sound.labels, level, duration };
  }

  /** @param {"original" | "replica"} side */
  #bytes(side) {
    return side === "original" ? this.sound?.original?.bytes : this.sound?.bytes;
  }

  /** @returns {number} the length of the time axis of both plots */
  get #seconds() {
    const shown = [this.sound?.waveform, this.sound?.original?.waveform].filter((waveform) => waveform !== undefined);
    return Math.max(0.1, ...shown.map(({ samples, sampleRate }) => samples.length / sampleRate));
  }

  /** @param {"original" | "replica"} side */
  async #play(side) {
    const bytes = this.#bytes(side);
    if (!bytes) return;
    if (this.player.playing === bytes) return this.player.stop();
    this.player.play(await this.player.decode(bytes), bytes);
  }

  /** Buttons and playheads follow what is playing. */
  #follow() {
    for (const side of SIDES) {
      const playing = this.sound !== null && this.player.playing === this.#bytes(side);
      get(side).querySelector("button")?.classList.toggle("on", playing);
      this.#playheads[side]?.cancel();
      if (playing) this.#playheads[side] = this.#run(side);
    }
  }

  /** @param {"original" | "replica"} side @returns {Animation | undefined} of the line that moves along the plot */
  #run(side) {
    const head = get(side).querySelector("i");
    if (!head || calm()) return undefined;
    const way = head.parentElement ? head.parentElement.clientWidth - AXIS_LEFT : 0;
    const run = head.animate([{ opacity: 1 }, { opacity: 1, transform: `translateX(${way}px)` }], 1000 * this.#seconds);
    run.currentTime = 1000 * this.player.elapsed;
    return run;
  }

  #download() {
    if (this.sound) save(new Blob([this.sound.bytes], { type: "audio/wav" }), this.sound.call.file);
  }

  #paint() {
    for (const [id, name, waveform] of /** @type {const} */ ([
      ["replica", this.sound?.original ? "replica" : "sound", this.sound?.waveform],
      ["original", "original", this.sound?.original?.waveform],
    ])) {
      const canvas = /** @type {HTMLCanvasElement} */ (get(id).querySelector("canvas"));
      drawSound(canvas, waveform ?? null, this.#seconds);
      if (waveform) canvas.setAttribute("aria-label", described(name, waveform));
    }
  }
}

/** @returns {boolean} the visitor wants no motion */
function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** @param {string} name @param {import("./wav.js").Waveform} waveform */
function described(name, { samples, sampleRate }) {
  const seconds = (samples.length / sampleRate).toFixed(2);
  return `Waveform and spectrogram of the ${name}: ${seconds} seconds, 0 to ${sampleRate / 2000} kilohertz`;
}

/** @param {string} text @param {string} done @param {(text: string) => void} notify */
async function copy(text, done, notify) {
  try {
    await navigator.clipboard.writeText(text);
    notify(done);
  } catch {
    notify("The browser does not allow the page to copy. Select the text and copy it yourself.");
  }
}
