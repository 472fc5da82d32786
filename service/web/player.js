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
    const { source, gain } = strike(context, buffer);
    const playing = { source, gain, began: context.currentTime, bytes };
    source.onended = () => {
      gain.disconnect();
      if (this.#playing === playing) this.#change(null);
    };
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
    if (this.#playing) fadeOut(this.#playing, REPLACED_S);
  }

  /** @param {Playing | null} playing */
  #change(playing) {
    this.#playing = playing;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Plays a buffer once, without a click at either end.
 * @param {BaseAudioContext} context
 * @param {AudioBuffer} buffer
 * @param {number} [when]  seconds, of the context's clock
 * @param {number} [level]
 */
export function strike(context, buffer, when = context.currentTime, level = 1) {
  const source = new AudioBufferSourceNode(context, { buffer });
  const gain = new GainNode(context, { gain: 0 });
  const end = when + buffer.duration;
  gain.gain.setValueAtTime(0, when).linearRampToValueAtTime(level, when + FADE_IN_S);
  if (buffer.duration > FADE_IN_S + FADE_OUT_S) gain.gain.setValueAtTime(level, end - FADE_OUT_S);
  gain.gain.linearRampToValueAtTime(0, end);
  source.connect(gain).connect(context.destination);
  source.start(when);
  return { source, gain };
}

/** Fades a sound out from the level that it has now, and ends it. @param {{source: AudioBufferSourceNode, gain: GainNode}} sound @param {number} timeConstant  seconds */
export function fadeOut({ source, gain: { context, gain } }, timeConstant) {
  const now = context.currentTime;
  if (gain.cancelAndHoldAtTime) gain.cancelAndHoldAtTime(now);
  else gain.cancelScheduledValues(now); // Firefox
  gain.setTargetAtTime(0, now, timeConstant);
  source.stop(now + 8 * timeConstant);
}
