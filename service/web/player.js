/** The one AudioContext: one sound at a time, faded in and out so that nothing clicks. Dispatches "change". */

const FADE_IN_S = 0.004;
const FADE_OUT_S = 0.012; // at a sound's own end
const REPLACED_S = 0.04; // time constant of a sound that another one replaces: in a drag they overlap

/** @typedef {{source: AudioBufferSourceNode, gain: GainNode, began: number, bytes: ArrayBuffer}} Playing */

export class Player extends EventTarget {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Playing | null} */
  #playing = null;

  /** The context, suspended: creating it takes too long to be done at the click. */
  prepare() {
    this.#context ??= new AudioContext({ latencyHint: "interactive" });
    return this.#context;
  }

  /** The context, running; browsers allow that only after a click or a key. */
  wake() {
    const context = this.prepare();
    if (context.state === "suspended") context.resume();
    return context;
  }

  /** @param {ArrayBuffer} bytes  a file @returns {Promise<AudioBuffer>} at the context's rate, resampled well */
  decode(bytes) {
    return this.wake().decodeAudioData(bytes.slice(0));
  }

  /**
   * Plays a file from the start; the sound before it fades out.
   * @param {AudioBuffer} buffer
   * @param {ArrayBuffer} bytes  the file that the buffer was decoded from
   */
  play(buffer, bytes) {
    this.#silence();
    const context = this.wake();
    const source = new AudioBufferSourceNode(context, { buffer });
    const gain = faded(context, buffer.duration);
    source.connect(gain).connect(context.destination);
    const playing = { source, gain, began: context.currentTime, bytes };
    source.onended = () => {
      gain.disconnect();
      if (this.#playing === playing) this.#change(null);
    };
    source.start();
    this.#change(playing);
  }

  /** Fades the sound out. */
  stop() {
    if (!this.#playing) return;
    this.#silence();
    this.#change(null);
  }

  /** @returns {ArrayBuffer | null} the file that is playing */
  get playing() {
    return this.#playing?.bytes ?? null;
  }

  /** @returns {number} seconds since it began to play */
  get elapsed() {
    return this.#playing && this.#context ? this.#context.currentTime - this.#playing.began : 0;
  }

  #silence() {
    if (!this.#playing || !this.#context) return;
    const { source, gain } = this.#playing;
    const now = this.#context.currentTime;
    if (gain.gain.cancelAndHoldAtTime) gain.gain.cancelAndHoldAtTime(now);
    else gain.gain.cancelScheduledValues(now); // Firefox
    gain.gain.setTargetAtTime(0, now, REPLACED_S);
    source.stop(now + 6 * REPLACED_S);
  }

  /** @param {Playing | null} playing */
  #change(playing) {
    this.#playing = playing;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {AudioContext} context @param {number} seconds @returns {GainNode} that fades in now and out after `seconds` */
function faded(context, seconds) {
  const node = new GainNode(context, { gain: 0 });
  const now = context.currentTime;
  node.gain.setValueAtTime(0, now);
  node.gain.linearRampToValueAtTime(1, now + FADE_IN_S);
  if (seconds > FADE_IN_S + FADE_OUT_S) node.gain.setValueAtTime(1, now + seconds - FADE_OUT_S);
  node.gain.linearRampToValueAtTime(0, now + seconds);
  return node;
}
