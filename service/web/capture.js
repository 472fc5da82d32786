/** In the audio thread: what comes from the microphone, handed on in pieces. */
registerProcessor(
  "capture",
  class extends AudioWorkletProcessor {
    /** @param {Float32Array[][]} inputs */
    process([channels]) {
      if (channels.length) this.port.postMessage(channels[0].slice());
      return true;
    }
  },
);
