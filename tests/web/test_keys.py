"""The keys in a real browser: mouse, fingers, letters, focus, MIDI, and the notes that they play."""

import json
import zipfile

import numpy as np
import pytest

SEMITONE = 2 ** (1 / 12)
MAX_RANGE_DB = 1.0  # of the level of a looped note
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
STUB = """() => {
window.Port = class { constructor(name) { Object.assign(this, { name, state: "connected" }); } };
window.access = { inputs: new Map([["1", new Port("Piano")]]) };
navigator.requestMIDIAccess = async () => window.access;
window.send = (bytes, port) =>
  window.access.inputs.get(port).onmidimessage({ data: new Uint8Array(bytes) });
}"""


def open_dock(visitor):
    """Opens the dock; its first panel is there."""
    visitor.page.click("#open-play")
    visitor.page.wait_for_selector("#keyboard button, #pad-grid button")
    return visitor


@pytest.fixture
def player(visit):
    """A visitor with the keys of `tones` open, and the note C4 there."""
    visitor = visit("#model=tones")
    with visitor.page.expect_response(lambda answer: '"pitch":"60"' in (answer.request.post_data or "")):
        open_dock(visitor)
    visitor.page.wait_for_timeout(500)
    return visitor


def key(visitor, pitch):
    return visitor.page.locator(f'#keyboard [data-pitch="{pitch}"]')


def hold(visitor, pitch):
    """Presses the mouse on a key."""
    box = key(visitor, pitch).bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.9 * box["height"])
    visitor.page.mouse.down()


def test_a_key_sounds_as_long_as_the_mouse_holds_it(player):
    sound = player.plays(lambda: hold(player, 60))
    assert sound["loop"]
    player.page.wait_for_timeout(3000)  # longer than the note that the service returned
    assert player.level() > 1e-3
    assert "on" in key(player, 60).get_attribute("class")
    player.page.mouse.up()
    assert player.falls_silent()
    assert "on" not in key(player, 60).get_attribute("class")


def test_a_pointer_that_slides_plays_the_keys_on_its_way(player):
    player.plays(lambda: hold(player, 60))
    box = key(player, 62).bounding_box()
    player.plays(lambda: player.page.mouse.move(box["x"] + 10, box["y"] + 0.9 * box["height"]))
    assert "on" not in key(player, 60).get_attribute("class")
    player.page.mouse.up()
    assert player.falls_silent()


def test_letters_play_from_c_and_change_the_octave(player):
    keyboard = player.page.keyboard
    for letter, pitch in (("a", 60), ("w", 61), ("k", 72)):
        player.plays(lambda letter=letter: keyboard.down(letter))
        assert "on" in key(player, pitch).get_attribute("class")
        keyboard.up(letter)
    keyboard.press("x")
    player.plays(lambda: keyboard.down("a"))
    assert "on" in key(player, 72).get_attribute("class")
    keyboard.up("a")
    assert player.falls_silent()


def test_letters_in_a_field_are_text(player):
    player.open_tool("Sample")
    player.page.focus("#seed")
    before = len(player.played())
    player.page.keyboard.press("a")
    player.page.wait_for_timeout(200)
    assert len(player.played()) == before


def test_the_focus_moves_along_the_keys_and_plays(player):
    keyboard = player.page.keyboard
    key(player, 60).focus()
    keyboard.press("ArrowRight")
    keyboard.press("ArrowUp")
    assert player.page.evaluate("() => document.activeElement.ariaLabel") == "C♯5"
    for name in ("Enter", "Space"):
        player.plays(lambda name=name: keyboard.down(name))
        keyboard.up(name)
        assert player.falls_silent()
    assert player.page.locator("#keyboard button[tabindex='0']").count() == 1


def test_the_click_of_a_screen_reader_plays_a_short_note(player):
    player.plays(lambda: key(player, 64).evaluate("(one) => one.click()"))
    assert player.falls_silent()


def test_several_fingers_play_together(visit):
    visitor = open_dock(visit("#model=tones", **PHONE))
    visitor.page.wait_for_timeout(2000)
    cdp = visitor.page.context.new_cdp_session(visitor.page)
    points = []
    for finger, pitch in enumerate((60, 64)):
        box = key(visitor, pitch).bounding_box()
        points.append({"x": box["x"] + 9, "y": box["y"] + 0.9 * box["height"], "id": finger})
        touch = {"type": "touchStart", "touchPoints": list(points)}
        visitor.plays(lambda touch=touch: cdp.send("Input.dispatchTouchEvent", touch))
    assert visitor.page.locator("#keyboard .on").count() == 2
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert visitor.falls_silent()
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 320


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


def test_a_note_is_played_by_its_neighbour_until_it_is_there(visit):
    visitor = visit("#model=tones")
    visitor.page.route(
        "**/generate", lambda route: route.continue_() if '"pitch":"60"' in route.request.post_data else None
    )
    open_dock(visitor)
    visitor.page.wait_for_timeout(1500)
    sound = visitor.plays(lambda: hold(visitor, 62))
    assert sound["rate"] == pytest.approx(SEMITONE**2, rel=1e-4)
    visitor.page.mouse.up()
    visitor.page.unroute_all(behavior="ignoreErrors")


LOOPED = """async ([samples, rate]) => {
  const { makeLoop } = await import("./web/play/loop.js");
  const note = Float32Array.from(samples);
  const loop = makeLoop(note, rate);
  if (!loop) return null;
  const offline = new OfflineAudioContext(1, 4 * rate, rate);
  const buffer = offline.createBuffer(1, note.length, rate);
  buffer.copyToChannel(note, 0);
  const place = { loop: true, loopStart: loop.start, loopEnd: loop.end };
  const source = new AudioBufferSourceNode(offline, { buffer, ...place });
  source.connect(offline.destination);
  source.start();
  return { decay: loop.decay, held: [...(await offline.startRendering()).getChannelData(0)] };
}"""
RATE = 16_000


def looped(visitor, seconds, decay_db, seed=1):
    """A note of five partials that loses `decay_db` a second, held for 4 s by its loop."""
    t = np.arange(int(seconds * RATE)) / RATE
    rng = np.random.default_rng(seed)
    partials = sum(np.sin(2 * np.pi * (220 * k * t + rng.random())) / k for k in range(1, 6))
    note = 0.2 * partials * 10 ** (-decay_db * t / 20)
    return visitor.page.evaluate(LOOPED, [note.tolist(), RATE])


@pytest.mark.parametrize("decay_db", [0, 12])
def test_a_loop_is_even_and_has_no_click(visitor, decay_db):
    answer = looped(visitor, 2.0, decay_db)
    held = np.array(answer["held"])[RATE // 2 :]
    blocks = held[: len(held) // 800 * 800].reshape(-1, 800)
    levels = 10 * np.log10((blocks**2).mean(axis=1))
    assert np.ptp(levels) < MAX_RANGE_DB
    steps = np.abs(np.diff(held))
    assert steps.max() < 1.1 * np.quantile(steps, 0.999)
    assert answer["decay"] == pytest.approx(decay_db, abs=0.5)


def test_a_note_that_is_over_has_no_loop(visitor):
    assert looped(visitor, 0.6, 0) is None
    assert looped(visitor, 2.0, 60) is None


def test_the_blend_moves_under_a_held_key(player):
    text = player.page.locator("#play-text")
    player.plays(lambda: hold(player, 60))
    player.page.mouse.up()
    player.page.keyboard.down("a")
    before = text.inner_text()
    box = player.page.locator("#blend").bounding_box()
    sound = player.plays(lambda: player.page.mouse.click(box["x"] + 5, box["y"] + 5))
    assert sound["loop"]
    assert text.inner_text() != before
    assert player.level() > 1e-3
    player.page.keyboard.up("a")


def test_the_blend_is_moved_by_arrows_and_its_corners_are_sounds(player):
    page = player.page
    page.focus("#blend")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    assert page.get_attribute("#blend", "aria-valuetext") == "A 100 %, B 0 %, C 0 %, D 0 %"
    first = page.inner_text("#play-text")
    player.plays(lambda: player.press(0.4, 0.2))
    shown = page.inner_text("#play-text")
    assert shown != first
    page.focus("#blend")
    page.keyboard.press("ArrowUp")
    assert page.inner_text("#play-text") == first
    page.click("#corner-0")
    assert page.inner_text("#play-text") == shown


def test_the_timbre_is_downloaded_as_an_instrument(player):
    def shorten(route):
        body = route.request.post_data_json
        route.continue_(post_data=json.dumps(body | {"pitches": [60, 64], "velocities": [80]}))

    player.page.route("**/instrument", shorten)
    with player.page.expect_download() as coming:
        player.page.click("#instrument")
    assert coming.value.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(coming.value.path()) as opened:
        assert sum(name.endswith(".sfz") for name in opened.namelist()) == 1
        assert sum(name.endswith(".wav") for name in opened.namelist()) == 2
    assert "Saved as" in player.page.inner_text("#play-text")


def test_the_dock_is_opened_and_closed_by_the_keyboard_alone(visitor):
    page = visitor.page
    page.focus("#open-play")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pad-grid button")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "tab-pads"
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#heard-list, #zip")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.is_hidden("#heard")


def test_a_model_without_pitch_has_pads_and_no_keys(visit):
    visitor = open_dock(visit())
    assert visitor.page.is_hidden("#tab-keys")
    assert visitor.page.is_visible("#pad-grid")
