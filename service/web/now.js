/** What sounds: its pictures, its file, its link and its curl line. */

import { curl } from "./api.js";
import { writeLink } from "./link.js";
import { onScheme } from "./palette.js";
import { AXIS_LEFT, draw } from "./picture.js";

/** @typedef {import("./studio.js").Sound} Sound */

const WHICH = /** @type {const} */ (["original", "replica"]);
const ADDRESS_MS = 250; // browsers refuse an address that changes too often

/** @param {string} id */
const get = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Now {
  /** @type {Sound | null} */
  sound = null;
  /** @type {Partial<Record<"original" | "replica", Animation>>} */
  #heads = {};

  /** @param {import("./player.js").Player} player @param {(text: string) => void} tell */
  constructor(player, tell) {
    this.player = player;
    for (const which of WHICH) get(which).querySelector("button")?.addEventListener("click", () => this.#play(which));
    get("download").addEventListener("click", () => this.#download());
    get("share").addEventListener("click", () => copy(this.link, "The link is copied: it brings back this sound.", tell));
    get("copy-curl").addEventListener("click", () => copy(get("curl").textContent ?? "", "The curl line is copied.", tell));
    player.addEventListener("change", () => this.#follow());
    onScheme(() => this.#paint());
    new ResizeObserver(() => this.#paint()).observe(get("figures"));
  }

  /** @param {Sound} sound */
  show(sound) {
    this.sound = sound;
    get("now-title").textContent = sound.title;
    get("about").textContent = sound.about;
    get("original").hidden = !sound.original;
    get("replica-name").textContent = sound.original ? "Replica" : "Sound";
    get("curl").textContent = curl(sound.recipe, location.origin);
    for (const button of document.querySelectorAll("#now button, #copy-curl")) {
      /** @type {HTMLButtonElement} */ (button).disabled = false;
    }
    for (const id of ["set-a", "set-b"]) /** @type {HTMLButtonElement} */ (get(id)).disabled = !sound.z;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => history.replaceState(null, "", writeLink(sound.place)), ADDRESS_MS);
    requestAnimationFrame(() => this.#paint());
    this.#follow();
  }

  /** @returns {string} */
  get link() {
    return this.sound ? location.origin + location.pathname + writeLink(this.sound.place) : location.href;
  }

  /** @param {"original" | "replica"} which */
  #bytes(which) {
    return which === "original" ? this.sound?.original?.bytes : this.sound?.bytes;
  }

  /** @returns {number} of the time axis that the pictures share */
  get #seconds() {
    const shown = [this.sound?.waveform, this.sound?.original?.waveform].filter((waveform) => waveform !== undefined);
    return Math.max(0.1, ...shown.map(({ samples, sampleRate }) => samples.length / sampleRate));
  }

  /** @param {"original" | "replica"} which */
  async #play(which) {
    const bytes = this.#bytes(which);
    if (!bytes) return;
    if (this.player.sounding === bytes) return this.player.stop();
    this.player.play(await this.player.decode(bytes), bytes);
  }

  /** Buttons and playheads say what sounds. */
  #follow() {
    for (const which of WHICH) {
      const sounds = this.sound !== null && this.player.sounding === this.#bytes(which);
      get(which).querySelector("button")?.classList.toggle("on", sounds);
      this.#heads[which]?.cancel();
      if (sounds) this.#heads[which] = this.#run(which);
    }
  }

  /** @param {"original" | "replica"} which @returns {Animation | undefined} the line that runs along with the sound */
  #run(which) {
    const head = get(which).querySelector("i");
    if (!head || matchMedia("(prefers-reduced-motion: reduce)").matches) return undefined;
    const way = head.parentElement ? head.parentElement.clientWidth - AXIS_LEFT : 0;
    const run = head.animate([{ opacity: 1 }, { opacity: 1, transform: `translateX(${way}px)` }], 1000 * this.#seconds);
    run.currentTime = 1000 * this.player.elapsed;
    return run;
  }

  #download() {
    if (!this.sound) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.sound.bytes], { type: "audio/wav" }));
    link.download = this.sound.recipe.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  #paint() {
    for (const [id, name, waveform] of /** @type {const} */ ([
      ["replica", this.sound?.original ? "replica" : "sound", this.sound?.waveform],
      ["original", "original", this.sound?.original?.waveform],
    ])) {
      const canvas = /** @type {HTMLCanvasElement} */ (get(id).querySelector("canvas"));
      draw(canvas, waveform ?? null, this.#seconds);
      if (waveform) canvas.setAttribute("aria-label", described(name, waveform));
    }
  }
}

/** @param {string} name @param {import("./wav.js").Waveform} waveform */
function described(name, { samples, sampleRate }) {
  const seconds = (samples.length / sampleRate).toFixed(2);
  return `Waveform and spectrogram of the ${name}: ${seconds} seconds, 0 to ${sampleRate / 2000} kilohertz`;
}

/** @param {string} text @param {string} done @param {(text: string) => void} tell */
async function copy(text, done, tell) {
  try {
    await navigator.clipboard.writeText(text);
    tell(done);
  } catch {
    tell("The browser does not let the page copy. Select the text and copy it yourself.");
  }
}
