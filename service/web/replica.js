/** The replica of an upload: encoded and decoded by the service, with the original beside it. */

import { encode, ProblemError, reconstruct, send } from "./api.js";
import { simplified, worded } from "./labels.js";
import { sourceOf } from "./points.js";
import { writeWav } from "./wav.js";

/** @typedef {import("./api.js").Labels} Labels */
/** @typedef {import("./api.js").Upload} Upload */
/** @typedef {import("./wav.js").Waveform} Waveform */
/**
 * @typedef {object} Replica
 * @property {import("./loader.js").SoundRequest} request
 * @property {import("./loader.js").Answer & {z: number[]}} answer
 * @property {any} encoded  the answer of /encode
 * @property {{log_spectral_distance_db: number, spectral_convergence: number} | null} quality
 */

const NOTICEABLE_S = 0.1; // of skipped silence
const PRIVACY = "The service does not keep your recording, and the link contains only the replica.";
const BROWSER_RATE = 48000; // Hz, of a file that the browser decodes for the service

/**
 * @param {any} model
 * @param {import("./projection.js").Projection} projection
 * @param {Upload} upload
 * @param {Record<string, string>} target  the labels to convert to
 * @returns {Promise<Replica>}
 */
export async function replicate(model, projection, upload, target) {
  const { encoded, decoded, sent } = await exchange(model, upload, target);
  const whole = await wholeOf(sent.audio, model.sample_rate, encoded.channel);
  const excerpt = excerptOf(encoded, model, whole, sent);
  const original = whole && (await originalOf(whole, excerpt));
  const { z, labels, level_db: level, duration_s: duration, quality } = decoded;
  const short = simplified(labels);
  const words = worded(short, projection.scales);
  const decodedHere = sent.audio === upload.audio ? "" : `Your browser decoded ${upload.name}.`;
  const sound = {
    kind: /** @type {const} */ ("replica"),
    title: words ? `Your sound as ${words}` : "Your sound",
    about: [decodedHere, aboutExcerpt(sent.name, excerpt), PRIVACY].filter(Boolean).join(" "),
    place: { model: model.reference, ...sourceOf(projection, { z, labels: short, level, duration }) },
    z,
    labels,
    original,
    excerpt,
  };
  const bytes = Uint8Array.from(atob(decoded.audio), (letter) => letter.charCodeAt(0)).buffer;
  const request = { call: reconstruct(model.reference, sent, target), describe: () => sound };
  return { request, answer: { bytes, z, labels }, encoded, quality };
}

/** @param {any} model @param {Upload} upload @param {Labels} target  what the service cannot read is decoded by the browser */
async function exchange(model, upload, target) {
  try {
    return await call(model, upload, target);
  } catch (error) {
    if (!(error instanceof ProblemError) || !error.unreadable) throw error;
    const decoded = await decode(upload.audio, BROWSER_RATE);
    if (!decoded) throw error;
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i));
    const name = `${upload.name.replace(/\.[^.]*$/, "")}.wav`;
    return call(model, { ...upload, audio: writeWav(channels, BROWSER_RATE), name }, target);
  }
}

/** @param {any} model @param {Upload} sent @param {Labels} target */
async function call(model, sent, target) {
  const [encoded, decoded] = await Promise.all([
    send(encode(model.reference, sent)).then((response) => response.json()),
    send({ ...reconstruct(model.reference, sent, target), accept: "application/json" }).then((response) => response.json()),
  ]);
  return { encoded, decoded, sent };
}

/** @param {any} encoded @param {any} model @param {Waveform | undefined} whole @param {Upload} sent @returns {import("./excerpt.js").Excerpt} */
function excerptOf({ duration_s: durationS, offset_s: startS, complete, channel }, model, whole, { startS: chosenS }) {
  return { whole, durationS, windowS: model.window_s, startS, complete, channel, chosen: chosenS !== undefined };
}

/** @param {string} name @param {import("./excerpt.js").Excerpt} excerpt @returns {string} */
function aboutExcerpt(name, { durationS, windowS, startS, complete, channel, chosen }) {
  const sentences = [`${name} lasts ${durationS.toFixed(2)} s.`];
  if (durationS > windowS) sentences.push(`The model takes at most ${windowS.toFixed(2)} s of it, from ${startS.toFixed(2)} s on.`);
  if (startS >= NOTICEABLE_S && !chosen) sentences.push(`The first ${startS.toFixed(2)} s are silence and were skipped.`);
  if (!complete) sentences.push("The file is damaged or cut off; the part that can be read was used.");
  if (channel) sentences.push(`Only channel ${channel} was used, because the channels cancel each other.`);
  return sentences.join(" ");
}

/** The part of a recording that the model takes. @param {Waveform} whole @param {import("./excerpt.js").Excerpt} excerpt @returns {Promise<import("./loader.js").Recording>} */
async function originalOf({ samples, sampleRate }, { startS, windowS }) {
  const first = Math.round(startS * sampleRate);
  const part = samples.slice(first, first + Math.round(windowS * sampleRate));
  return { waveform: { samples: part, sampleRate }, bytes: await writeWav([part], sampleRate).arrayBuffer() };
}

/**
 * The recording as the service takes it: one channel, or the mean of all.
 * @param {Blob} audio
 * @param {number} sampleRate
 * @param {number | null} channel  counted from 1
 * @returns {Promise<Waveform | undefined>} nothing where the browser cannot read what the service can
 */
async function wholeOf(audio, sampleRate, channel) {
  const buffer = await decode(audio, sampleRate);
  if (!buffer) return undefined;
  if (channel) return { samples: buffer.getChannelData(channel - 1), sampleRate };
  const samples = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    buffer.getChannelData(channel).forEach((value, i) => (samples[i] += value / buffer.numberOfChannels));
  }
  return { samples, sampleRate };
}

/** @param {Blob} audio @param {number} sampleRate @returns {Promise<AudioBuffer | undefined>} */
async function decode(audio, sampleRate) {
  const bytes = await audio.arrayBuffer();
  return new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bytes).catch(() => undefined);
}
