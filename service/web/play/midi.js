/** Web MIDI: the keys and the pedal of every input that is plugged in, now or later. */

const SUSTAIN = 64; // controllers
const ALL_NOTES_OFF = 123;

/**
 * @typedef {object} Hands  what plays
 * @property {(pitch: number, velocity: number) => void} press
 * @property {(pitch: number) => void} release
 * @property {(down: boolean) => void} pedal
 * @property {() => void} silence
 */

/**
 * Asks for the inputs and follows them.
 * @param {Hands} hands
 * @param {(names: string[]) => void} changed  called with the inputs, now and whenever one comes or goes
 * @throws {Error} the browser has no MIDI, or may not use it
 */
export async function followMidi(hands, changed) {
  if (!navigator.requestMIDIAccess) throw new Error("This browser does not support MIDI.");
  const access = await navigator.requestMIDIAccess().catch(() => {
    throw new Error("The browser may not use MIDI. You can allow it beside the address.");
  });
  const attach = () => {
    const inputs = [...access.inputs.values()].filter(({ state }) => state === "connected");
    for (const input of inputs) input.onmidimessage = ({ data }) => data && act(hands, data);
    changed(inputs.map(({ name }) => name ?? "MIDI input"));
  };
  access.onstatechange = () => {
    hands.silence(); // an input that is unplugged releases no keys
    attach();
  };
  attach();
}

/** @param {Hands} hands @param {Uint8Array} message */
function act(hands, [status, number, value]) {
  const kind = status & 0xf0;
  if (kind === 0x90 && value) hands.press(number, value);
  else if (kind === 0x90 || kind === 0x80) hands.release(number);
  else if (kind === 0xb0 && number === SUSTAIN) hands.pedal(value >= 64);
  else if (kind === 0xb0 && number === ALL_NOTES_OFF) hands.silence();
}
