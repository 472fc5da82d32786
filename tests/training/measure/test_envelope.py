"""Attack and decay of sounds whose envelope is known."""

import numpy as np
import pytest

from training.measure.envelope import LONGEST_S, attack_s, decay_s

RATE = 44_100
ATTACK_TOLERANCE_S, DECAY_TOLERANCE = 0.011, 0.05  # two blocks; of the decay


def note(attack, t60, seconds=2.0):
    t = np.arange(int(seconds * RATE)) / RATE
    envelope = np.minimum(t / attack, 1) * 10 ** (-3 * np.maximum(t - attack, 0) / t60)
    return (0.5 * envelope * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


@pytest.mark.parametrize("attack", [0.02, 0.1, 0.4])
def test_a_linear_attack_takes_eight_tenths_of_its_length(attack):
    assert abs(attack_s(note(attack, t60=1000), RATE) - 0.8 * attack) < ATTACK_TOLERANCE_S


@pytest.mark.parametrize("t60", [0.3, 1.0, 3.0])
def test_the_decay_of_an_exponential_is_its_t60(t60):
    assert abs(decay_s(note(0.01, t60), RATE) / t60 - 1) < DECAY_TOLERANCE


def test_a_note_that_does_not_decay_has_the_longest_decay():
    assert decay_s(note(0.01, t60=1e6), RATE) == LONGEST_S


def test_silence_is_finite():
    silence = np.zeros(RATE, np.float32)
    assert np.isfinite([attack_s(silence, RATE), decay_s(silence, RATE)]).all()


def test_a_click_has_no_decay():
    click = np.zeros(RATE, np.float32)
    click[1000:1020] = 0.5
    assert decay_s(click, RATE) == 0


def test_the_level_does_not_matter_to_attack_and_decay():
    loud = note(0.1, t60=1.0)
    for measured in (attack_s, decay_s):
        assert measured(loud / 100, RATE) == pytest.approx(measured(loud, RATE))
