/** The visitor's own sounds: recorded, chosen or dropped, one or several; each gets a replica and a flag on the map. */

import { OfflineError, ready } from "./api.js";
import { onDrop } from "./drop.js";
import { get, input, make } from "./elements.js";
import { simplified, worded } from "./labels.js";
import { LONGEST_S, record } from "./recorder.js";
import { replicate } from "./replica.js";
import { writeWav } from "./wav.js";

/** @typedef {import("./api.js").Upload & {text: string, spot?: import("./projection.js").Spot}} Entry  an upload and what its row says */

const INVITATION = "Record or drop short sounds. The service computes a replica of each and does not keep the recording.";
const LEVEL_FALL = 0.9; // of the meter, from one moment to the next

export class UploadPanel {
  /** @type {Entry[]} */ #entries = [];
  /** @type {Entry | null} whose replica was asked for last */ #current = null;
  /** @type {Entry | null} whose replica is shown */ #shown = null;
  /** @type {import("./recorder.js").Recording | null} */ #recording = null;
  #nRecordings = 0;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    get("record").addEventListener("click", () => (this.#recording ? this.#recording.stop() : this.#record()));
    input("file").addEventListener("change", () => {
      this.#takeFiles([...(input("file").files ?? [])]);
      input("file").value = "";
    });
    onDrop((files) => this.#takeFiles(files));
  }

  /** Forgets the uploads: their coordinates are those of one model. */
  clear() {
    this.#current = this.#shown = null;
    this.#list([]);
    get("quality").hidden = get("unfamiliar").hidden = true;
    say(INVITATION);
  }

  /** Replicates the sound that is shown with the labels that are chosen now. */
  replicateAgain() {
    if (this.#shown) this.#replicate(this.#shown, true);
  }

  /** Moves the window of the sound that is shown. @param {number} startS */
  moveWindow(startS) {
    if (!this.#shown) return;
    this.#shown.startS = startS;
    this.replicateAgain();
  }

  /** @param {File[]} files */
  #takeFiles(files) {
    if (files.length) this.#take(files.map((file) => ({ audio: file, name: file.name })));
  }

  /** Replicates each upload; the first one that succeeds is played. @param {import("./api.js").Upload[]} uploads */
  async #take(uploads) {
    this.app.loader.cancel();
    this.app.openTool("uploads");
    this.app.connection.clear();
    const entries = uploads.map((upload) => ({ ...upload, text: "waiting" }));
    this.#list(entries);
    for (const entry of entries) {
      if (this.#entries === entries) await this.#replicate(entry, !entries.includes(/** @type {any} */ (this.#shown)));
    }
  }

  /** @param {Entry} entry @param {boolean} shown  becomes the sound that is shown */
  async #replicate(entry, shown) {
    const { app } = this;
    const { model } = app;
    const entries = this.#entries;
    if (shown) this.#current = entry;
    const gone = () => app.model !== model || this.#entries !== entries;
    const showing = () => shown && this.#current === entry;
    entry.text = "Computing the replica…";
    this.#showEntries();
    try {
      const replica = await replicate(model, app.projection, entry, app.targets.chosen);
      if (gone()) return;
      entry.spot = app.projection.toSpot(replica.answer.z, replica.answer.labels);
      entry.text = recognised(replica, app.projection.scales);
      if (showing()) this.#shown = entry;
      this.#showEntries();
      if (!showing()) return;
      this.#showQuality(replica);
      this.#showFamiliarity(replica);
      app.map.reveal(entry.spot);
      await app.loader.present(replica.request, replica.answer, true);
    } catch (error) {
      if (gone()) return;
      const failure = await explained(/** @type {Error} */ (error));
      entry.text = failure.message;
      this.#showEntries();
      if (entries.length === 1 || failure instanceof OfflineError) app.connection.fail(failure);
    }
  }

  /** @param {Entry[]} entries  several are listed, a single one has the line below the buttons */
  #list(entries) {
    this.#entries = entries;
    get("upload-list").replaceChildren(...(entries.length > 1 ? entries.map((entry, i) => this.#row(entry, i + 1)) : []));
    this.#showEntries();
  }

  /** @param {Entry} entry @param {number} number */
  #row(entry, number) {
    const button = make("button", { type: "button" }, `${number}. ${entry.name}`);
    button.addEventListener("click", () => this.#replicate(entry, true));
    return make("li", {}, button, make("span"));
  }

  /** What the rows, the line below the buttons and the flags on the map say. */
  #showEntries() {
    const entries = this.#entries;
    const several = entries.length > 1;
    [...get("upload-list").children].forEach(({ children: [button, text] }, i) => {
      button.setAttribute("aria-current", String(entries[i] === this.#shown));
      text.textContent = entries[i].text;
    });
    if (entries.length) say(several ? "Click a file to play its replica." : entries[0].text);
    const { map } = this.app;
    map.flags = entries.flatMap(({ spot }, i) => (spot ? [{ spot, text: several ? String(i + 1) : "You" }] : []));
    map.refresh();
  }

  /** @param {import("./replica.js").Replica} replica */
  #showQuality({ quality }) {
    get("quality").hidden = !quality;
    if (!quality) return;
    const { log_spectral_distance_db: distance, spectral_convergence: convergence } = quality;
    get("quality").textContent = `Difference between replica and original: log-spectral distance ${distance.toFixed(1)} dB, spectral convergence ${convergence.toFixed(2)} (0 is equal).`;
  }

  /** Shows how to adapt the model to a sound that is unlike its recordings. @param {import("./replica.js").Replica} replica */
  #showFamiliarity({ encoded: { familiarity } }) {
    get("unfamiliar").hidden = familiarity?.familiar ?? true;
    const label = Object.keys(this.app.model.labels).at(-1);
    get("adapt").textContent = `tonespace adapt --clips my-clips --label ${label}:new`;
  }

  async #record() {
    this.app.loader.cancel();
    const level = /** @type {HTMLMeterElement} */ (get("level"));
    try {
      this.#recording = await record(this.app.player.wake(), (now) => (level.value = Math.max(now, LEVEL_FALL * level.value)));
      this.#showRecording(true);
      say(`Recording, for at most ${LONGEST_S} seconds…`);
      const { samples, sampleRate } = await this.#recording.done;
      this.#showRecording(false);
      await this.#take([{ audio: writeWav([samples], sampleRate), name: `recording-${++this.#nRecordings}.wav` }]);
    } catch (error) {
      this.#showRecording(false);
      this.app.connection.fail(/** @type {Error} */ (error));
    }
  }

  /** @param {boolean} on */
  #showRecording(on) {
    if (!on) this.#recording = null;
    get("record").textContent = on ? "Stop" : "Record";
    get("record").classList.toggle("on", on);
    get("level").hidden = !on;
  }
}

/** @param {import("./replica.js").Replica} replica @param {import("./labels.js").Scales} scales @returns {string} */
function recognised({ encoded }, scales) {
  const words = worded(simplified(encoded.labels), scales);
  const text = words ? `Recognised as ${words}.` : "Its place is marked on the map.";
  return encoded.familiarity?.familiar === false ? `${text} It is unlike the model's recordings.` : text;
}

/** @param {Error} error @returns {Promise<Error>} */
async function explained(error) {
  const cut = error instanceof OfflineError && (await ready());
  return cut ? new Error("The upload was interrupted. The file may be too large.") : error;
}

/** @param {string} text */
function say(text) {
  get("upload-hint").textContent = text;
}
