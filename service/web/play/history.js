/** What was heard, newest first, and the favourites that the browser keeps. */

import { generate, send } from "../api.js";
import { button, get, make } from "../elements.js";
import { fileName, save } from "../names.js";
import { writeZip } from "./zip.js";

/** @typedef {import("../loader.js").Sound} Sound */
/** @typedef {Omit<Sound, "bytes" | "waveform"> & {bytes?: ArrayBuffer}} Entry  a favourite of an earlier visit has no bytes until it is asked for */

const KEY = "tonespace-favourites";

export class Heard {
  /** @type {Entry[]} */ #favourites = JSON.parse(localStorage.getItem(KEY) ?? "[]");

  /** @param {import("../app.js").App} app */
  constructor(app) {
    this.app = app;
    get("zip").addEventListener("click", () => this.#download().catch(app.connection.fail));
  }

  /** Lists the favourites, then what was heard. */
  show() {
    const others = this.app.heard.filter(({ call }) => !this.#favourites.some((one) => one.call.file === call.file));
    get("heard-list").replaceChildren(...[...this.#favourites, ...others].map((entry) => this.#row(entry)));
    button("zip").disabled = !this.#favourites.length;
  }

  /** @param {Entry} entry */
  #row(entry) {
    const liked = this.#favourites.includes(entry);
    const title = make("button", { type: "button" }, entry.title);
    title.addEventListener("click", () => this.#play(entry).catch(this.app.connection.fail));
    const star = make("button", { type: "button", ariaPressed: String(liked), ariaLabel: `Favourite: ${entry.title}` }, liked ? "★" : "☆");
    star.addEventListener("click", () => this.#like(entry, !liked));
    return make("li", {}, title, star);
  }

  /** @param {Entry} entry @param {boolean} liked */
  #like(entry, liked) {
    this.#favourites = liked ? [kept(entry), ...this.#favourites] : this.#favourites.filter((one) => one !== entry);
    localStorage.setItem(KEY, JSON.stringify(this.#favourites, (key, value) => (key === "bytes" ? undefined : value)));
    this.show();
  }

  /** @param {Entry} entry */
  async #play(entry) {
    const bytes = await bytesOf(entry);
    await this.app.loader.present({ call: entry.call, describe: () => entry }, { bytes, z: entry.z, labels: entry.labels }, true);
  }

  async #download() {
    const entries = [];
    for (const [i, entry] of this.#favourites.entries()) entries.push({ name: fileName(String(i + 1), entry.call.file.replace(".wav", "")), bytes: await bytesOf(entry) });
    save(writeZip(entries), "tonespace-favourites.zip");
  }
}

/** @param {Entry} entry @returns {Promise<ArrayBuffer>} */
async function bytesOf(entry) {
  return (entry.bytes ??= await (await send(entry.call)).arrayBuffer());
}

/** What makes the sound again in another visit; a replica becomes its point. @param {Entry} entry @returns {Entry} */
function kept({ title, about, place, z, labels, call, bytes, kind }) {
  const { model, level, duration } = place;
  const again = call.audio && z ? { ...generate(model, { z, labels, level, duration }), file: call.file } : call;
  return { kind: z ? "point" : kind, title, about, place, z, labels, call: again, bytes, point: z ? { z, labels, level, duration } : undefined };
}
