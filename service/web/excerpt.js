/** The window of an upload: the part of a long recording that the model takes, with a handle to choose another. */

import { get, input } from "./elements.js";
import { onScheme } from "./palette.js";
import { drawWaveform } from "./plots.js";

/**
 * @typedef {object} Excerpt
 * @property {import("./wav.js").Waveform} [whole]  the recording, where the browser can read it
 * @property {number} durationS   of the recording
 * @property {number} windowS     the longest part that the model takes
 * @property {number} startS      of that part
 * @property {boolean} chosen     the visitor chose that start
 * @property {boolean} complete   the whole file could be read
 * @property {number | null} channel  the one that was taken, counted from 1; null for the mean of all
 */

export class ExcerptView {
  /** @type {Excerpt | undefined} */
  #excerpt;

  /** @param {(startS: number) => void} move  called with the start that was chosen, in seconds */
  constructor(move) {
    const start = input("start");
    start.addEventListener("input", () => this.#showStart());
    start.addEventListener("change", () => move(Number(start.value)));
    onScheme(() => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(get("whole"));
  }

  /** Shows the handle where the recording is longer than the window. @param {Excerpt | undefined} excerpt */
  show(excerpt) {
    this.#excerpt = excerpt && excerpt.durationS > excerpt.windowS ? excerpt : undefined;
    get("excerpt").hidden = !this.#excerpt;
    if (!this.#excerpt) return;
    const { durationS, windowS, startS } = this.#excerpt;
    const last = Math.max(durationS - windowS, startS);
    Object.assign(input("start"), { max: last.toFixed(2), value: startS.toFixed(2) });
    this.#showStart();
    this.#draw();
  }

  #showStart() {
    const seconds = Number(input("start").value).toFixed(2);
    get("start-value").textContent = `${seconds} s`;
    input("start").setAttribute("aria-valuetext", `${seconds} seconds`);
  }

  /** The waveform; the slider's thumb lies over it and is as wide as the window. */
  #draw() {
    if (!this.#excerpt) return;
    const canvas = /** @type {HTMLCanvasElement} */ (get("whole"));
    const { whole, windowS } = this.#excerpt;
    const seconds = Number(input("start").max) + windowS;
    drawWaveform(canvas, whole, seconds);
    input("start").style.setProperty("--thumb", `${Math.max(16, (canvas.clientWidth * windowS) / seconds)}px`);
  }
}
