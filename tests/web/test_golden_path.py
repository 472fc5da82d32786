"""What people come for, from the first look to the link they send."""

import re

from tests.web.visitor import MAX_SPECTRAL_ERROR, spectral_error

SPOTS = [
    (0.25, 0.4),
    (0.35, 0.7),
    (0.45, 0.3),
    (0.5, 0.5),
    (0.6, 0.65),
    (0.7, 0.45),
    (0.75, 0.7),
    (0.4, 0.55),
]
MAX_WRONG = 1  # of SPOTS; of 300 spots the model recognised 99 in 100 as the nearest clip


def test_from_the_first_look_to_the_link(visit, visitor, recording):
    page = visitor.page
    assert visitor.played() == []  # a sound is shown, none is played unasked
    assert visitor.painted("#replica canvas") > 1000
    visitor.plays(lambda: page.locator("#replica .play").click())
    visitor.plays(lambda: visitor.upload(recording))
    assert page.inner_text("#result-title").startswith("Your sound")
    assert page.is_visible("#original")
    visitor.plays(lambda: visitor.convert(1))
    page.click("#set-a")
    visitor.plays(lambda: visitor.press(0.4, 0.4))
    page.click("#set-b")
    visitor.plays(lambda: page.click("#play-path"))
    assert visitor.file()[:4] == b"RIFF"
    friend = visit(visitor.link())
    friend.plays(lambda: friend.page.locator("#replica .play").click())
    assert spectral_error(friend.samples(), visitor.samples()) < MAX_SPECTRAL_ERROR


def recognised(client, file):
    answer = client.post("/encode", content=file, headers={"Content-Type": "audio/wav"}).json()
    return {
        name: choice if isinstance(choice, str) else max(choice, key=choice.get)
        for name, choice in answer["labels"].items()
    }


def test_a_spot_sounds_like_the_clips_around_it(visitor, client):
    wrong = 0
    for x, y in SPOTS:
        visitor.plays(lambda x=x, y=y: visitor.press(x, y))
        near = dict(re.findall(r"(\w+) (\w+)(?:,|$)", visitor.page.inner_text("#readout").split("near")[1]))
        wrong += recognised(client, visitor.file()) != near
    assert wrong <= MAX_WRONG


def test_a_spot_keeps_its_digit_when_it_is_converted_to_another_speaker(visitor, client):
    values, wrong = visitor.values(), 0
    for i, (x, y) in enumerate(SPOTS):
        visitor.plays(lambda x=x, y=y: visitor.press(x, y))
        own = recognised(client, visitor.file())
        speaker = next(value for value in values[i % len(values) :] + values if value != own["speaker"])
        visitor.plays(lambda speaker=speaker: visitor.convert(speaker))
        wrong += recognised(client, visitor.file()) != own | {"speaker": speaker}
        visitor.plays(lambda: visitor.convert(""))
    assert wrong <= MAX_WRONG


def test_the_chosen_speaker_is_a_chip_that_resets_it(visitor):
    page, chip = visitor.page, visitor.page.locator("#chips button")
    visitor.plays(visitor.press)
    own = visitor.file()
    speaker = next(value for value in visitor.values() if value not in page.inner_text("#result-title"))
    visitor.plays(lambda: visitor.convert(speaker))
    assert visitor.file() != own
    visitor.plays(lambda: visitor.press(0.3, 0.3))
    assert speaker in page.inner_text("#result-title")
    assert chip.inner_text() == f"Speaker {speaker}"
    visitor.plays(visitor.press)
    visitor.plays(chip.click)
    assert chip.count() == 0
    assert page.is_hidden("#conversion")
    assert visitor.file() == own


def test_a_line_runs_along_with_the_sound_and_the_button_stops_it(visit):
    running = "() => document.querySelector('#replica i').getAnimations().length"
    for motion, n_lines in (("no-preference", 1), ("reduce", 0)):
        visitor = visit("#model=digits-vae", reduced_motion=motion)
        visitor.open_tool("Morph")
        visitor.plays(lambda visitor=visitor: visitor.page.click("#play-path"))  # long enough to be looked at
        visitor.page.wait_for_selector("#replica .play.on")
        assert visitor.page.evaluate(running) == n_lines
        visitor.page.click("#replica .play")
        visitor.page.wait_for_selector("#replica .play:not(.on)")
        assert visitor.page.evaluate(running) == 0


def test_a_problem_can_be_dismissed(visitor):
    visitor.upload(b"no sound at all", "notes.txt", "text/plain")
    visitor.page.get_by_role("button", name="Dismiss").click()
    assert visitor.page.is_hidden("#problem")
    visitor.forgive("422")


def test_a_turned_phone_keeps_the_place_that_is_looked_at(visitor):
    whole = visitor.painted("#points")
    for _ in range(3):
        visitor.page.click("#zoom-in")
    close = visitor.painted("#points")
    assert close > 0
    visitor.page.set_viewport_size({"width": 900, "height": 700})
    assert abs(visitor.painted("#points") / close - 1) < abs(whole / close - 1)
