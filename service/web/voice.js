/** Your own sound: recorded, chosen or dropped; where it lands, its replica, its tone. */

import { encode, OfflineError, ready, reconstruct, send } from "./api.js";
import { onDrop } from "./drop.js";
import { get, input } from "./elements.js";
import { simplified, worded } from "./labels.js";
import { LONGEST_S, record } from "./recorder.js";
import { writeWav } from "./wav.js";

/** @typedef {{audio: Blob, name: string}} Upload */
/** @typedef {import("./studio.js").Recording} Recording */

const INVITATION = "Say something short, or drop a file anywhere. It lands on the map, and its replica plays.";
const LEVEL_FALL = 0.9; // of the meter, from one moment to the next

export class VoicePanel {
  /** @type {Upload | null} what is shown, for another tone */
  #held = null;
  /** @type {Upload | null} what is on its way */
  #coming = null;
  /** @type {import("./recorder.js").Recording | null} */
  #recording = null;

  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    get("record").addEventListener("click", () => (this.#recording ? this.#recording.stop() : this.#record()));
    input("file").addEventListener("change", () => {
      const [file] = input("file").files ?? [];
      if (file) this.take({ audio: file, name: file.name });
      input("file").value = "";
    });
    onDrop((file) => this.take({ audio: file, name: file.name }));
  }

  /** Says it again in another tone. @returns {boolean} whether there is something to say */
  again() {
    if (!this.#held || this.app.now.sound?.kind !== "replica") return false;
    this.take(this.#held);
    return true;
  }

  /** Forgets the sound: another model shall not take it for its own. */
  forget() {
    this.#held = this.#coming = null;
    get("quality").hidden = true;
    say(INVITATION);
  }

  /** @param {Upload} upload  becomes the sound that is shown */
  async take(upload) {
    const { connection, studio } = this.app;
    studio.hush();
    this.app.openTool("voice");
    connection.clear();
    this.#coming = upload;
    say("On its way…");
    try {
      await this.#replicate(upload);
    } catch (error) {
      if (this.#coming === upload) say(INVITATION);
      const cut = error instanceof OfflineError && (await ready());
      connection.fail(cut ? new Error("The upload was cut off. Perhaps the file is too large.") : /** @type {Error} */ (error));
    }
  }

  async #record() {
    this.app.studio.hush();
    const level = /** @type {HTMLMeterElement} */ (get("level"));
    try {
      this.#recording = await record(this.app.player.wake(), (now) => (level.value = Math.max(now, LEVEL_FALL * level.value)));
      this.#recorded(true);
      say(`Listening, up to ${LONGEST_S} seconds…`);
      const waveform = await this.#recording.done;
      this.#recorded(false);
      await this.take({ audio: writeWav(waveform), name: "recording.wav" });
    } catch (error) {
      this.#recorded(false);
      this.app.connection.fail(/** @type {Error} */ (error));
    }
  }

  /** @param {boolean} on */
  #recorded(on) {
    if (!on) this.#recording = null;
    get("record").textContent = on ? "Stop" : "Record";
    get("record").classList.toggle("on", on);
    get("level").hidden = !on;
  }

  /** @param {Upload} upload */
  async #replicate(upload) {
    const { app } = this;
    const { model } = app;
    const recipe = reconstruct(model.reference, upload.audio, upload.name, app.tone());
    const [place, answer, original] = await Promise.all([
      send(encode(model.reference, upload.audio, upload.name)).then((came) => came.json()),
      send({ ...recipe, accept: "application/json" }).then((came) => came.json()),
      windowOf(upload.audio, model),
    ]);
    if (this.#coming !== upload || app.model !== model) return; // something newer was taken meanwhile
    this.#held = upload;
    app.map.yours = app.space.toSpot(answer.z, simplified(answer.labels));
    app.map.reveal(app.map.yours);
    const labels = simplified(answer.labels);
    const bytes = Uint8Array.from(atob(answer.audio), (letter) => letter.charCodeAt(0)).buffer;
    const about = `${upload.name}, ${heard(place, model)}. The link brings back the replica; your recording stays here.`;
    const point = { z: answer.z, labels: answer.labels, level: answer.level_db, duration: answer.duration_s };
    const link = { model: model.reference, ...point };
    const wish = { recipe, describe: () => ({ ...told(labels), about, place: link, z: point.z, labels: point.labels, original }) };
    await app.studio.present(wish, { bytes, z: point.z, labels: point.labels }, true);
    this.#tell(simplified(place.labels), answer.quality);
  }

  /** @param {import("./api.js").Labels} heard @param {{log_spectral_distance_db: number, spectral_convergence: number} | null} quality */
  #tell(heard, quality) {
    const words = worded(heard);
    say(words ? `Heard as ${words}. Choose another tone above, and it is said so.` : "It is marked on the map.");
    get("quality").hidden = !quality;
    if (!quality) return;
    const { log_spectral_distance_db: distance, spectral_convergence: convergence } = quality;
    get("quality").textContent = `Replica: log-spectral distance ${distance.toFixed(1)} dB, spectral convergence ${convergence.toFixed(2)}.`;
  }
}

/** @param {string} text */
function say(text) {
  get("voice-hint").textContent = text;
}

/** @param {import("./api.js").Labels} labels */
function told(labels) {
  const words = worded(labels);
  return { kind: /** @type {const} */ ("replica"), title: words ? `Your sound as ${words}` : "Your sound" };
}

/** @param {{duration_s: number, truncated: boolean}} place @param {{window_s: number}} model */
function heard({ duration_s, truncated }, { window_s }) {
  const whole = `${duration_s.toFixed(2)} s`;
  return truncated ? `${whole}, of which the model hears ${window_s.toFixed(2)} s` : whole;
}

/**
 * The recording as far as the model hears it, at the model's rate.
 * @param {Blob} audio @param {any} model
 * @returns {Promise<Recording | undefined>} nothing where the browser cannot read what the service can
 */
async function windowOf(audio, model) {
  const bytes = await audio.arrayBuffer();
  try {
    const reader = new OfflineAudioContext(1, 1, model.sample_rate);
    const buffer = await reader.decodeAudioData(bytes.slice(0));
    const samples = new Float32Array(Math.min(buffer.length, Math.round(model.window_s * model.sample_rate)));
    for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
      const from = buffer.getChannelData(channel);
      for (let i = 0; i < samples.length; i++) samples[i] += from[i] / buffer.numberOfChannels;
    }
    return { bytes, waveform: { samples, sampleRate: model.sample_rate } };
  } catch {
    return undefined;
  }
}
