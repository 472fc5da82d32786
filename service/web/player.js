/** The one AudioContext: one sound at a time, faded in and out so that nothing clicks. */

const FADE_IN_S = 0.004;
const FADE_OUT_S = 0.012;

export class Player {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {{source: AudioBufferSourceNode, gain: GainNode, began: number, ended: () => void} | null} */
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
   * Plays from the start; what played before fades.
   * @param {AudioBuffer} buffer
   * @param {() => void} [ended]  called once, at the end or when another sound takes over
   */
  play(buffer, ended = () => {}) {
    this.stop();
    const context = this.wake();
    const source = new AudioBufferSourceNode(context, { buffer });
    const gain = new GainNode(context, { gain: 0 });
    const now = context.currentTime;
    const end = now + buffer.duration;
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(1, now + FADE_IN_S);
    if (buffer.duration > FADE_IN_S + FADE_OUT_S) gain.gain.setValueAtTime(1, end - FADE_OUT_S);
    gain.gain.linearRampToValueAtTime(0, end);
    source.connect(gain).connect(context.destination);
    const playing = { source, gain, began: now, ended };
    source.onended = () => {
      gain.disconnect();
      if (this.#playing === playing) this.#playing = null;
      playing.ended();
    };
    source.start();
    this.#playing = playing;
  }

  /** Fades what plays. */
  stop() {
    if (!this.#playing || !this.#context) return;
    const { source, gain, ended } = this.#playing;
    const now = this.#context.currentTime;
    gain.gain.cancelAndHoldAtTime?.(now);
    gain.gain.setTargetAtTime(0, now, FADE_OUT_S / 4);
    source.stop(now + 2 * FADE_OUT_S);
    this.#playing.ended = () => {};
    this.#playing = null;
    ended();
  }

  /** @returns {number | null} seconds since the sound began, null in silence */
  get position() {
    return this.#playing && this.#context ? this.#context.currentTime - this.#playing.began : null;
  }
}
