"""The tools Sample, Morph and Shape in a real browser."""

import re

STEPS = 4
A4, SEMITONE_ERROR = 69, 0.1  # of the recording, as the model reads it


def test_a_seed_gives_the_same_sound_and_another_seed_another(visitor):
    visitor.open_tool("Sample")

    def sample(seed):
        visitor.page.fill("#seed", str(seed))
        visitor.plays(lambda: visitor.page.locator("#seed").press("Enter"))
        return visitor.file()

    seven = sample(7)
    assert sample(8) != seven
    assert sample(7) == seven


def test_the_temperature_and_the_labels_change_a_sample(visitor):
    visitor.open_tool("Sample")
    visitor.plays(lambda: visitor.page.click("#new-sample"))
    first = visitor.file()
    visitor.page.locator("#temperature").focus()
    visitor.plays(lambda: visitor.page.keyboard.press("Home"))
    cold = visitor.file()
    assert cold != first
    visitor.plays(lambda: visitor.convert(2))
    assert visitor.file() != cold
    assert "label=" in visitor.page.inner_text("#curl")


def test_a_number_between_two_values_is_told_as_a_number(player, recording):
    pitch = player.page.locator("#targets input[name=pitch]")
    pitch.fill("60.5")  # of a sample the service answers half of 59 and half of 61, or the like
    player.plays(lambda: pitch.press("Tab"))
    assert player.page.inner_text("#result-title").startswith("Sample")
    assert "pitch 60.5," in player.page.inner_text("#result-title")
    player.page.click("#chips button")
    player.open_tool("Your sound")
    player.plays(lambda: player.upload(recording))
    (told,) = re.findall(r"pitch ([0-9.]+),", player.page.inner_text("#result-title"))
    assert abs(float(told) - A4) < SEMITONE_ERROR


def test_a_sample_of_labels_that_no_recording_has_says_what_it_is_converted_from(player):
    player.page.locator("#targets select[name=instrument]").select_option("tuba")
    player.page.wait_for_timeout(500)
    pitch = player.page.locator("#targets input[name=pitch]")
    pitch.fill("84")
    player.plays(lambda: pitch.press("Tab"))
    assert "it is converted from instrument tuba, pitch 5" in player.page.inner_text("#about")


def test_a_seed_below_zero_is_not_sent(visitor):
    visitor.open_tool("Sample")
    visitor.page.fill("#seed", "-1")
    visitor.page.locator("#seed").press("Enter")
    visitor.page.wait_for_timeout(200)
    assert visitor.played() == []


def test_an_end_of_a_path_is_the_sound_that_was_shown(visitor, recording):
    visitor.plays(lambda: visitor.upload(recording))
    replica = visitor.samples()
    visitor.page.click("#set-a")
    visitor.plays(lambda: visitor.page.click("#play-a"))
    assert visitor.samples() == replica
    visitor.open_tool("Sample")
    visitor.plays(lambda: visitor.page.click("#new-sample"))
    sample = visitor.samples()
    visitor.page.click("#set-b")
    visitor.plays(lambda: visitor.page.click("#play-b"))
    assert visitor.samples() == sample


def test_the_morph_slider_and_the_path_play(visitor):
    page = visitor.page
    visitor.plays(visitor.press)
    page.click("#set-a")
    assert page.is_visible("#morph")
    visitor.plays(lambda: visitor.press(0.35, 0.35))
    page.click("#set-b")
    visitor.plays(lambda: page.click("#play-a"))
    page.focus("#share")
    for _ in range(3):
        visitor.plays(lambda: page.keyboard.press("ArrowRight"))
    assert "15 %" in page.inner_text("#morph")
    visitor.plays(lambda: page.click("#play-b"))
    step = len(visitor.file())
    page.fill("#steps", str(STEPS))
    visitor.plays(lambda: page.click("#play-path"))
    assert len(visitor.file()) > step
    assert "/morph" in page.inner_text("#curl")


def test_an_end_of_the_line_can_be_dragged(visitor):
    visitor.plays(visitor.press)
    visitor.page.click("#set-a")
    box = visitor.page.locator("#map").bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    before = visitor.page.inner_text("#curl")
    mouse.down()
    visitor.plays(lambda: mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"], steps=4))
    mouse.up()
    visitor.page.wait_for_timeout(300)
    assert visitor.page.inner_text("#result-title").startswith("A")
    assert visitor.page.inner_text("#curl") != before


def test_every_slider_shapes_the_sound(visitor):
    visitor.plays(visitor.press)
    visitor.open_tool("Shape")
    sliders = visitor.page.locator("#sliders input")
    assert 1 <= sliders.count() <= 8
    files = {visitor.file()}
    for i in range(sliders.count()):
        sliders.nth(i).focus()
        visitor.plays(lambda: visitor.page.keyboard.press("End"))
        files.add(visitor.file())
    assert len(files) == sliders.count() + 1
