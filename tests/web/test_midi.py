"""A MIDI keyboard in a real browser, with a stub for the device."""

import pytest

STUB = """() => {
window.Port = class { constructor(name) { Object.assign(this, { name, state: "connected" }); } };
window.access = { inputs: new Map([["1", new Port("Piano")]]) };
navigator.requestMIDIAccess = async () => window.access;
window.send = (bytes, port) =>
  window.access.inputs.get(port).onmidimessage({ data: new Uint8Array(bytes) });
}"""


@pytest.fixture
def midi(player):
    """The player with a MIDI piano connected."""
    player.page.evaluate(STUB)
    player.page.click("#midi")
    player.page.wait_for_function("() => document.querySelector('#play-text').textContent.includes('Piano')")
    return player


def send(visitor, *message, port="1"):
    visitor.page.evaluate("([bytes, port]) => send(bytes, port)", [list(message), port])


def settled_level(visitor):
    visitor.page.wait_for_timeout(600)
    return visitor.level()


def test_midi_plays_with_velocity(midi):
    levels = []
    for velocity in (30, 120):
        midi.plays(lambda velocity=velocity: send(midi, 0x90, 60, velocity))
        levels.append(settled_level(midi))
        send(midi, 0x80, 60, 0)
        assert midi.falls_silent()
    assert levels[1] > 4 * levels[0]


def test_the_pedal_holds_what_keys_released(midi):
    midi.plays(lambda: send(midi, 0x91, 60, 100))
    send(midi, 0xB0, 64, 127)
    assert midi.page.get_attribute("#sustain", "aria-pressed") == "true"
    send(midi, 0x90, 60, 0)  # a key that is released, as many keyboards say it
    assert settled_level(midi) > 1e-3
    send(midi, 0xB0, 64, 0)
    assert midi.falls_silent()


def test_a_midi_input_that_comes_later_plays_and_one_that_goes_is_silent(midi):
    plug = "() => { access.inputs.set('2', new Port('Pads')); access.onstatechange(); }"
    midi.page.evaluate(plug)
    assert "Pads" in midi.page.inner_text("#play-text")
    midi.plays(lambda: send(midi, 0x90, 67, 90, port="2"))
    midi.page.evaluate("() => { access.inputs.delete('2'); access.onstatechange(); }")
    assert midi.falls_silent()


def test_eight_voices_last_evenly(midi):
    for pitch in (48, 52, 55, 60, 64, 67, 72, 76):
        midi.plays(lambda pitch=pitch: send(midi, 0x90, pitch, 90))
    assert all(sound["loop"] for sound in midi.played()[-8:])
    early = settled_level(midi)
    midi.page.wait_for_timeout(4000)
    assert midi.level() > early / 4
    send(midi, 0xB0, 123, 0)
    assert midi.falls_silent()
