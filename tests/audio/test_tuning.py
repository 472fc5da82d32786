"""The pitch of notes that the tests make, in cents from the one that was asked for."""

import numpy as np
import pytest

from audio.tuning import deviation_cents, tuned

RATE = 44_100
MAX_ERROR_CENTS = 0.5


def tone(pitch_hz, seconds=2.0, n_partials=6):
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(0.1 / k * np.sin(2 * np.pi * k * pitch_hz * t + k) for k in range(1, n_partials + 1)).astype(
        "f4"
    )


@pytest.mark.parametrize("pitch_hz", [65.4, 261.6, 1046.5])
@pytest.mark.parametrize("cents", [-30, -4, 0, 12, 45])
def test_the_deviation_of_a_tone_is_found(pitch_hz, cents):
    found = deviation_cents(tone(pitch_hz * 2 ** (cents / 1200)), RATE, pitch_hz)
    assert abs(found - cents) < MAX_ERROR_CENTS


@pytest.mark.parametrize(
    "sound",
    [np.zeros(2 * RATE, np.float32), tone(440, seconds=0.16), tone(440 * 2 ** (6 / 12))],
    ids=["silence", "too short", "another note"],
)
def test_what_has_no_such_pitch_is_left_as_it_is(sound):
    assert deviation_cents(sound, RATE, 440) == 0


def test_a_note_is_tuned_to_the_asked_pitch_and_a_right_one_stays():
    sharp, right = tone(220 * 2 ** (20 / 1200)), tone(220)
    assert abs(deviation_cents(tuned(sharp, RATE, 220), RATE, 220)) < MAX_ERROR_CENTS
    assert tuned(right, RATE, 220) is right
