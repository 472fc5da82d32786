/** Piano keys on the page: mouse, several fingers, focus, and the letters of the computer keyboard. */

import { make } from "../elements.js";

const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const CODES = "KeyA KeyW KeyS KeyE KeyD KeyF KeyT KeyG KeyY KeyH KeyU KeyJ KeyK KeyO KeyL KeyP Semicolon".split(" ");
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 12, ArrowDown: -12 };
const TAP_MS = 500; // a screen reader's click holds a key for

/** @param {number} pitch */
const nameOf = (pitch) => NAMES[pitch % 12] + (Math.floor(pitch / 12) - 1);

export class Keyboard {
  /** @type {Map<number | string, number>} pitches by the pointer or the key that holds them */ #down = new Map();
  #low = 60; // the C of the letter A

  /** @param {HTMLElement} place @param {{press: (pitch: number) => void, release: (pitch: number) => void}} hands */
  constructor(place, hands) {
    this.place = place;
    this.hands = hands;
    place.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      place.setPointerCapture(event.pointerId);
      this.#hold(event.pointerId, pitchOf(event.target));
    });
    place.addEventListener("pointermove", (event) => {
      if (this.#down.has(event.pointerId)) this.#hold(event.pointerId, pitchOf(document.elementFromPoint(event.clientX, event.clientY)));
    });
    for (const kind of /** @type {const} */ (["pointerup", "pointercancel"])) place.addEventListener(kind, ({ pointerId }) => this.#let(pointerId));
    place.addEventListener("keydown", (event) => this.#pressed(event));
    place.addEventListener("click", (event) => {
      if (event.detail) return;
      this.#hold("tap", pitchOf(event.target));
      setTimeout(() => this.#let("tap"), TAP_MS);
    });
    addEventListener("keyup", ({ code }) => this.#let(code));
    addEventListener("blur", () => [...this.#down.keys()].forEach((by) => this.#let(by)));
  }

  /** @param {number[]} pitches  from low to high */
  show(pitches) {
    this.place.replaceChildren(
      ...pitches.map((pitch) => {
        const black = NAMES[pitch % 12].length > 1;
        const key = make("button", { type: "button", className: black ? "black" : "", tabIndex: -1, ariaLabel: nameOf(pitch), textContent: pitch % 12 ? "" : nameOf(pitch) });
        key.dataset.pitch = String(pitch);
        return key;
      }),
    );
    this.shift(0);
  }

  /** Moves the letters, and what is in view, by octaves. @param {number} octaves */
  shift(octaves) {
    const low = this.#low + 12 * octaves;
    const key = this.#key(low);
    if (!key) return;
    this.#low = low;
    this.#focusable(key);
    this.place.scrollTo({ left: key.offsetLeft });
  }

  /** @param {number} pitch @param {boolean} on */
  light(pitch, on) {
    this.#key(pitch)?.classList.toggle("on", on);
  }

  /** Plays a letter. @param {string} code @returns {boolean} whether it has a meaning here */
  letter(code) {
    const at = CODES.indexOf(code);
    if (at >= 0) this.#hold(code, this.#low + at);
    else if (code === "KeyZ" || code === "KeyX") this.shift(code === "KeyX" ? 1 : -1);
    else return false;
    return true;
  }

  /** @param {number} pitch @returns {HTMLElement | null} */
  #key(pitch) {
    return this.place.querySelector(`[data-pitch="${pitch}"]`);
  }

  /** @param {HTMLElement} key  the one that the Tab key comes to */
  #focusable(key) {
    for (const other of this.place.querySelectorAll("button")) other.tabIndex = other === key ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    const pitch = pitchOf(event.target);
    const to = step && this.#key((pitch ?? 0) + step);
    if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) this.#hold(event.code, pitch);
    } else if (to) {
      this.#focusable(to);
      to.focus();
    } else return;
    event.preventDefault();
  }

  /** @param {number | string} by @param {number | undefined} pitch */
  #hold(by, pitch) {
    if (pitch === this.#down.get(by)) return;
    this.#let(by);
    if (pitch === undefined) return;
    this.#down.set(by, pitch);
    this.hands.press(pitch);
  }

  /** @param {number | string} by */
  #let(by) {
    const pitch = this.#down.get(by);
    this.#down.delete(by);
    if (pitch !== undefined) this.hands.release(pitch);
  }
}

/** @param {EventTarget | null} target @returns {number | undefined} */
function pitchOf(target) {
  const pitch = target instanceof HTMLElement ? target.dataset.pitch : undefined;
  return pitch === undefined ? undefined : Number(pitch);
}
