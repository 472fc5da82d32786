/** What sounds: its pictures, its file, its link and its curl line. */

import { curl } from "./api.js";
import { writeLink } from "./link.js";
import { onScheme } from "./palette.js";
import { draw } from "./spectrogram.js";

/** @typedef {import("./studio.js").Sound} Sound */

/** @param {string} id */
const get = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Now {
  /** @type {Sound | null} */
  sound = null;

  /** @param {import("./player.js").Player} player @param {(text: string) => void} tell */
  constructor(player, tell) {
    this.player = player;
    get("replica").querySelector("button")?.addEventListener("click", () => this.#play("replica"));
    get("original").querySelector("button")?.addEventListener("click", () => this.#play("original"));
    get("download").addEventListener("click", () => this.#download());
    get("share").addEventListener("click", () => copy(this.link, "The link is copied: it brings back this sound.", tell));
    get("copy-curl").addEventListener("click", () => copy(get("curl").textContent ?? "", "The curl line is copied.", tell));
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
    clearTimeout(this.timer); // browsers refuse an address that changes too often
    this.timer = setTimeout(() => history.replaceState(null, "", writeLink(sound.place)), 250);
    requestAnimationFrame(() => this.#paint());
  }

  /** @returns {string} */
  get link() {
    return this.sound ? location.origin + location.pathname + writeLink(this.sound.place) : location.href;
  }

  /** @param {"original" | "replica"} which */
  async #play(which) {
    const bytes = which === "original" ? this.sound?.original?.bytes : this.sound?.bytes;
    if (!bytes) return;
    const button = get(which).querySelector("button");
    if (button?.classList.contains("on")) return this.player.stop();
    const buffer = await this.player.decode(bytes);
    this.player.play(buffer, () => button?.classList.remove("on"));
    button?.classList.add("on");
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
    const shown = [this.sound?.waveform, this.sound?.original?.waveform].filter((waveform) => waveform !== undefined);
    const seconds = Math.max(0.1, ...shown.map(({ samples, sampleRate }) => samples.length / sampleRate));
    for (const [id, name, waveform] of /** @type {const} */ ([
      ["replica", this.sound?.original ? "replica" : "sound", this.sound?.waveform],
      ["original", "original", this.sound?.original?.waveform],
    ])) {
      const canvas = /** @type {HTMLCanvasElement} */ (get(id).querySelector("canvas"));
      draw(canvas, waveform ?? null, seconds);
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
