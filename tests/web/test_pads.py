"""Pads and sequencer in a real browser."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.web.keyboard import open_dock

MAX_SECONDS_OFF = 1e-4


@pytest.fixture
def drummer(visit):
    """A visitor with all pads filled."""
    visitor = open_dock(visit("#model=digits-vae"))
    visitor.page.wait_for_function(
        "() => [...document.querySelectorAll('#pad-grid small')].every((one) => one.textContent)",
        timeout=60_000,
    )
    return visitor


def pad(visitor, number):
    return visitor.page.locator("#pad-grid button").nth(number - 1)


def step(visitor, number):
    return visitor.page.locator("#steps-row button").nth(number - 1)


def test_pads_play_by_mouse_letter_and_focus(drummer):
    for action in (
        pad(drummer, 3).click,
        lambda: drummer.page.keyboard.press("q"),
        lambda: pad(drummer, 9).press("Enter"),
    ):
        sound = drummer.plays(action)
        assert not sound["loop"]
        assert drummer.falls_silent()
    assert pad(drummer, 9).get_attribute("aria-current") == "true"


def test_new_one_and_vary_change_the_chosen_pad_and_are_shown(drummer):
    page = drummer.page
    pad(drummer, 2).click()
    page.select_option("#pad-kind", "7")
    drummer.plays(lambda: page.click("#pad-new"))
    assert "digit 7" in page.inner_text("#result-title")
    assert pad(drummer, 2).inner_text().split("\n")[1].startswith("7")
    first = drummer.file()
    drummer.plays(lambda: page.click("#pad-vary"))
    assert page.inner_text("#result-title").startswith("Varied sound")
    assert drummer.file() != first


def test_no_variation_is_the_same_sound(drummer):
    page = drummer.page
    drummer.plays(lambda: page.click("#pad-new"))
    new = drummer.samples()
    page.locator("#variation").fill("0")
    drummer.plays(lambda: page.click("#pad-vary"))
    varied = drummer.samples()
    n = min(len(new), len(varied))
    assert np.corrcoef(new[:n], varied[:n])[0, 1] > 0.99


def test_a_pad_takes_the_sound_that_is_shown(drummer):
    drummer.plays(drummer.press)
    shown = drummer.played()[-1]
    pad(drummer, 16).click()
    drummer.page.click("#pad-take")
    drummer.page.wait_for_timeout(300)
    assert drummer.plays(pad(drummer, 16).click)["seconds"] == shown["seconds"]


def test_the_loop_plays_until_it_is_stopped(drummer):
    pad(drummer, 1).click()
    for number in (1, 3, 5, 7, 9, 11, 13, 15):
        step(drummer, number).click()
    before = len(drummer.played())
    drummer.page.click("#sequence")
    drummer.page.wait_for_timeout(2500)
    drummer.page.click("#sequence")
    assert len(drummer.played()) >= before + 8
    drummer.page.wait_for_timeout(300)
    after = len(drummer.played())
    drummer.page.wait_for_timeout(700)
    assert len(drummer.played()) == after


def test_each_pad_has_its_own_steps(drummer):
    pad(drummer, 1).click()
    step(drummer, 1).click()
    pad(drummer, 2).click()
    assert step(drummer, 1).get_attribute("aria-pressed") == "false"
    pad(drummer, 1).click()
    assert step(drummer, 1).get_attribute("aria-pressed") == "true"


def loop_of(visitor):
    with visitor.page.expect_download() as coming:
        visitor.page.click("#render")
    return soundfile.read(io.BytesIO(Path(coming.value.path()).read_bytes()))


def test_the_downloaded_loop_lasts_one_turn_and_has_the_swing(drummer):
    page = drummer.page
    page.fill("#tempo", "120")
    pad(drummer, 1).click()
    step(drummer, 2).click()
    straight, rate = loop_of(drummer)
    assert len(straight) / rate == pytest.approx(2.0, abs=MAX_SECONDS_OFF)  # four beats
    assert np.abs(straight).max() == pytest.approx(0.9, abs=1e-3)
    page.locator("#swing").fill("75")
    swung, _ = loop_of(drummer)
    likeness = np.fft.ifft(np.fft.fft(swung) * np.conj(np.fft.fft(straight))).real
    assert likeness.argmax() / rate == pytest.approx(0.0625, abs=MAX_SECONDS_OFF)  # a quarter of two steps


def test_a_loop_without_steps_is_not_rendered(drummer):
    drummer.page.click("#render")
    assert drummer.reads("Choose steps for a pad first.")
