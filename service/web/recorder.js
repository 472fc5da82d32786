/** The microphone as a waveform at the device's own rate. */

/** @typedef {import("./wav.js").Waveform} Waveform */
/** @typedef {{stop: () => void, done: Promise<Waveform>}} Recording */

export const LONGEST_S = 5;

/**
 * Begins to record; ends by itself after LONGEST_S.
 * @param {AudioContext} context
 * @param {(level: number) => void} onLevel  the loudness of the last moment, [0, 1]
 * @returns {Promise<Recording>}
 * @throws {Error} a sentence: there is no microphone, or it may not be used
 */
export async function record(context, onLevel) {
  const stream = await microphone();
  try {
    await context.audioWorklet.addModule(new URL("./capture.js", import.meta.url));
  } catch (error) {
    stop(stream);
    throw error;
  }
  const source = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  /** @type {Float32Array[]} */
  const pieces = [];
  const { promise, resolve } = later();
  let nSamples = 0;
  const finish = () => {
    capture.port.onmessage = null;
    source.disconnect();
    stop(stream);
    resolve({ samples: joined(pieces, nSamples), sampleRate: context.sampleRate });
  };
  capture.port.onmessage = ({ data }) => {
    pieces.push(data);
    nSamples += data.length;
    onLevel(Math.max(0, 1 + Math.log10(Math.max(1e-9, Math.max(...data.map(Math.abs)))) / 2.5));
    if (nSamples >= LONGEST_S * context.sampleRate) finish();
  };
  source.connect(capture);
  return { stop: finish, done: promise };
}

/** @returns {Promise<MediaStream>} unprocessed: noise suppression for calls would change the sound */
async function microphone() {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new Error(sentence(error instanceof DOMException ? error.name : ""));
  }
}

/** @param {string} name */
function sentence(name) {
  if (name === "NotAllowedError") return "The browser may not use the microphone. You can allow it beside the address, or choose a file.";
  if (name === "NotFoundError") return "There is no microphone. You can choose a file instead.";
  return "The microphone cannot be used here: it needs https or localhost. You can choose a file instead.";
}

/** @param {MediaStream} stream */
function stop(stream) {
  stream.getTracks().forEach((track) => track.stop());
}

/** @param {Float32Array[]} pieces @param {number} length */
function joined(pieces, length) {
  const whole = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** @returns {{promise: Promise<Waveform>, resolve: (waveform: Waveform) => void}} */
function later() {
  /** @type {(waveform: Waveform) => void} */
  let resolve = () => {};
  const promise = new Promise((kept) => (resolve = kept));
  return { promise, resolve };
}
