/** Your own sound: recorded, chosen or dropped; where it lands, its replica, its tone. */

import { encode, OfflineError, ready, reconstruct, send } from "./api.js";
import { simplified, worded } from "./labels.js";
import { LONGEST_S, record } from "./recorder.js";
import { writeWav } from "./wav.js";

/** @typedef {import("./page.js").App} App */
/** @typedef {{audio: Blob, name: string}} Upload */

/** @param {string} id */
const get = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {App} app */
export function voicePanel(app) {
  const button = get("record");
  const level = /** @type {HTMLMeterElement} */ (get("level"));
  const file = /** @type {HTMLInputElement} */ (get("file"));
  /** @type {Upload | null} */
  let held = null;
  /** @type {import("./recorder.js").Recording | null} */
  let recording = null;

  button.addEventListener("click", async () => {
    if (recording) return recording.stop();
    app.studio.hush();
    try {
      recording = await record(app.player.wake(), (now) => (level.value = now));
      recorded(true);
      say(`Listening, up to ${LONGEST_S} seconds…`);
      const waveform = await recording.done;
      await take({ audio: writeWav(waveform), name: "recording.wav" });
    } catch (error) {
      app.connection.fail(/** @type {Error} */ (error));
    } finally {
      recording = null;
      recorded(false);
    }
  });

  file.addEventListener("change", () => {
    if (file.files?.[0]) take({ audio: file.files[0], name: file.files[0].name });
    file.value = "";
  });

  onDrop((dropped) => take({ audio: dropped, name: dropped.name }));

  /** @param {boolean} on */
  function recorded(on) {
    button.textContent = on ? "Stop" : "Record";
    button.classList.toggle("on", on);
    level.hidden = !on;
  }

  /** @param {string} text */
  function say(text) {
    get("voice-hint").textContent = text;
  }

  /** @param {Upload} upload  becomes the sound that is shown */
  async function take(upload) {
    app.openTool("voice");
    app.connection.clear();
    held = upload;
    say("On its way…");
    try {
      await replicate(upload);
    } catch (error) {
      if (held === upload) held = null;
      say("Say something short, or drop a file anywhere.");
      const lost = error instanceof OfflineError && (await ready());
      app.connection.fail(lost ? new Error("The upload was cut off. Perhaps the file is too large.") : /** @type {Error} */ (error));
    }
  }

  /** @param {Upload} upload */
  async function replicate(upload) {
    const { model } = app;
    const recipe = reconstruct(model.reference, upload.audio, upload.name, app.tone());
    const [place, answer, original] = await Promise.all([
      send(encode(model.reference, upload.audio, upload.name)).then((came) => came.json()),
      send({ ...recipe, accept: "application/json" }).then((came) => came.json()),
      windowOf(upload.audio, model),
    ]);
    if (held !== upload || app.model !== model) return; // something newer was taken meanwhile
    const labels = simplified(answer.labels);
    const bytes = Uint8Array.from(atob(answer.audio), (letter) => letter.charCodeAt(0)).buffer;
    app.map.yours = app.space.toSpot(answer.z);
    app.map.reveal(app.map.yours);
    const describe = () => ({
      kind: /** @type {const} */ ("replica"),
      title: `Your sound${Object.keys(labels).length ? ` as ${worded(labels)}` : ""}`,
      about: `${upload.name}, ${place.duration_s.toFixed(2)} s${place.truncated ? `, of which the model hears ${model.window_s.toFixed(2)} s` : ""}. The link holds the place where it landed, not your recording.`,
      place: { model: model.reference, z: answer.z, labels, level: answer.level_db },
      z: answer.z,
      labels,
      original,
    });
    await app.studio.present({ recipe, describe }, { bytes, z: answer.z, labels }, true);
    const heard = simplified(place.labels);
    say(Object.keys(heard).length ? `Heard as ${worded(heard)}. Choose another tone above, and it speaks so.` : "It is marked on the map.");
    const { quality } = answer;
    get("quality").hidden = !quality;
    if (quality) get("quality").textContent = `Log-spectral distance ${quality.log_spectral_distance_db.toFixed(1)} dB, spectral convergence ${quality.spectral_convergence.toFixed(2)}`;
  }

  return {
    /** Says it again in another tone. @returns {boolean} whether there was something to say */
    again() {
      if (held && app.now.sound?.kind === "replica") take(held);
      return held !== null && app.now.sound?.kind === "replica";
    },
    /** Forgets the sound: another model shall not take it for its own. */
    forget() {
      held = null;
      get("quality").hidden = true;
    },
  };
}

/**
 * The recording as far as the model hears it, at the model's rate.
 * @param {Blob} audio @param {any} model
 * @returns {Promise<import("./studio.js").Recording | undefined>} nothing where the browser cannot read what the service can
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

/** @param {(file: File) => void} take  called with a file that is dropped anywhere */
function onDrop(take) {
  const veil = get("drop");
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => event.relatedTarget || (veil.hidden = true));
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}
