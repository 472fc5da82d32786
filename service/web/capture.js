/** Runs in the audio thread: sends the samples of the microphone to the page, block by block. */
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
