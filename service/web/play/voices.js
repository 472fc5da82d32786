/** Notes that sound together: each begins, lasts and ends without a click. */

import { fadeOut } from "../player.js";

/** @typedef {import("./notes.js").Note} Note */
/** @typedef {{pitch: number, note: Note, down: boolean, source: AudioBufferSourceNode, gain: GainNode, began: number}} Voice */

const MOST = 16; // the oldest ends when another begins
const ATTACK_S = 0.003;
const RENEWED_S = 0.05; // for which the notes of two timbres overlap
const RELEASE_S = 0.07; // time constants
const STOLEN_S = 0.008;
const LOUDEST = 127;

/** @param {number} velocity @returns {number} factor of the amplitude */
export const loudness = (velocity) => (velocity / LOUDEST) ** 1.5;

export class Voices {
  /** @type {Voice[]} the oldest first; those that fade out are no longer here */ #voices = [];
  #pedal = false;

  /** @param {import("../player.js").Player} player */
  constructor(player) {
    this.player = player;
  }

  /** @returns {number[]} pitches that sound */
  get pitches() {
    return this.#voices.map(({ pitch }) => pitch);
  }

  /** @param {number} pitch @param {number} velocity @param {Note} note */
  start(pitch, velocity, note) {
    this.#end((voice) => voice.pitch === pitch, RELEASE_S);
    if (this.#voices.length >= MOST) this.#end((voice) => voice === this.#voices[0], STOLEN_S);
    this.#sound(pitch, note, loudness(velocity), 0, ATTACK_S);
  }

  /** The key is up; under the pedal the note goes on. @param {number} pitch */
  stop(pitch) {
    for (const voice of this.#voices) if (voice.pitch === pitch) voice.down = false;
    if (!this.#pedal) this.#end((voice) => voice.pitch === pitch, RELEASE_S);
  }

  /** @param {boolean} down */
  set pedal(down) {
    this.#pedal = down;
    if (!down) this.#end((voice) => !voice.down, RELEASE_S);
  }

  /** Ends every note. */
  silence() {
    this.#end(() => true, RELEASE_S);
  }

  /** Voices of this pitch go over to this note. @param {Note} note */
  renew(note) {
    for (const voice of this.#voices.filter(({ pitch, note: old }) => pitch === note.pitch && old.loop && note.loop)) {
      const elapsed = this.player.wake().currentTime - voice.began;
      const level = voice.gain.gain.value;
      this.#end((one) => one === voice, RENEWED_S / 3);
      this.#sound(voice.pitch, note, level, Math.min(elapsed, note.loop?.start ?? 0), RENEWED_S).down = voice.down;
    }
  }

  /** @param {number} pitch @param {Note} note @param {number} level @param {number} offset @param {number} attack  seconds */
  #sound(pitch, note, level, offset, attack) {
    const context = this.player.wake();
    const now = context.currentTime;
    const { buffer, loop } = note;
    const playbackRate = 2 ** ((pitch - note.pitch) / 12);
    const source = new AudioBufferSourceNode(context, { buffer, playbackRate, loop: !!loop, loopStart: loop?.start, loopEnd: loop?.end });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, now).linearRampToValueAtTime(level, now + attack);
    if (loop?.decay) {
      const from = now + Math.max(attack, (loop.from - offset) / playbackRate);
      gain.gain.setTargetAtTime(0, from, 20 / Math.LN10 / loop.decay / playbackRate);
    }
    source.connect(gain).connect(context.destination);
    source.start(0, offset);
    const voice = { pitch, note, down: true, source, gain, began: now - offset };
    source.onended = () => {
      gain.disconnect();
      this.#voices = this.#voices.filter((one) => one !== voice);
    };
    this.#voices.push(voice);
    return voice;
  }

  /** @param {(voice: Voice) => boolean} chosen @param {number} timeConstant */
  #end(chosen, timeConstant) {
    this.#voices = this.#voices.filter((voice) => {
      if (chosen(voice)) fadeOut(voice, timeConstant);
      return !chosen(voice);
    });
  }
}
