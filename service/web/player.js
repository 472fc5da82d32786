/** The one AudioContext: one sound at a time, faded in and out so that nothing clicks. Tells "change". */

const FADE_IN_S = 0.004;
const FADE_OUT_S = 0.012; // at a sound's own end
const GIVE_WAY_S = 0.04; // time constant of a sound that another takes over from: a drag runs together

/** @typedef {{source: AudioBufferSourceNode, gain: GainNode, began: number, bytes: ArrayBuffer}} Playing */

export class Player extends EventTarget {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Playing | null} */
  #playing = null;

  /** The context, silent until it is woken: making it takes longer than a press should. */
  prepare() {
    this.#context ??= new AudioContext({ latencyHint: "interactive" });
    return this.#context;
  }

  /** The context, woken; for when a hand asked for sound, as browsers want it. */
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
   * Plays a file from the start; what played before gives way.
   * @param {AudioBuffer} buffer
   * @param {ArrayBuffer} bytes  the file that it was decoded from
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
      if (this.#playing === playing) this.#tell(null);
    };
    source.start();
    this.#tell(playing);
  }

  /** Fades what plays. */
  stop() {
    if (!this.#playing) return;
    this.#silence();
    this.#tell(null);
  }

  /** @returns {ArrayBuffer | null} the file that sounds */
  get sounding() {
    return this.#playing?.bytes ?? null;
  }

  /** @returns {number} seconds since it began to sound */
  get elapsed() {
    return this.#playing && this.#context ? this.#context.currentTime - this.#playing.began : 0;
  }

  #silence() {
    if (!this.#playing || !this.#context) return;
    const { source, gain } = this.#playing;
    const now = this.#context.currentTime;
    if (gain.gain.cancelAndHoldAtTime) gain.gain.cancelAndHoldAtTime(now);
    else gain.gain.cancelScheduledValues(now); // Firefox
    gain.gain.setTargetAtTime(0, now, GIVE_WAY_S);
    source.stop(now + 6 * GIVE_WAY_S);
  }

  /** @param {Playing | null} playing */
  #tell(playing) {
    this.#playing = playing;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {AudioContext} context @param {number} seconds @returns {GainNode} that opens now and closes after `seconds` */
function faded(context, seconds) {
  const node = new GainNode(context, { gain: 0 });
  const now = context.currentTime;
  node.gain.setValueAtTime(0, now);
  node.gain.linearRampToValueAtTime(1, now + FADE_IN_S);
  if (seconds > FADE_IN_S + FADE_OUT_S) node.gain.setValueAtTime(1, now + seconds - FADE_OUT_S);
  node.gain.linearRampToValueAtTime(0, now + seconds);
  return node;
}
