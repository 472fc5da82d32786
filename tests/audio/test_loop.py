"""Loops of notes that the tests make: where they lie, and what is noticed of their joints."""

import numpy as np
import pytest

from audio.loop import level_step_db, looped
from tests.audio.notes import NOTE_S, RATE, RELEASE_S, note

MAX_STEP_DB = 1.0
STEP_SAMPLES = round(0.050 * RATE)
MAX_DECAY_ERROR_DB_S = 2.0


@pytest.mark.parametrize(
    "sound",
    [
        note(),
        note(pitch_hz=65.4),
        note(pitch_hz=1046.5),
        note(decay_db_s=8),
        note(tremolo_db=2),
        note(detuned_hz=3),
    ],
    ids=["tone", "low", "high", "decaying", "tremolo", "beating"],
)
def test_the_joint_has_no_step_and_no_click(sound):
    looping, loop = looped(sound, RATE)
    assert loop is not None
    assert abs(level_step_db(looping, loop, STEP_SAMPLES)) < MAX_STEP_DB
    steepest = np.abs(np.diff(looping[loop.start : loop.end])).max()
    assert abs(looping[loop.start] - looping[loop.end - 1]) <= steepest


def test_the_loop_lies_between_attack_and_release():
    _, loop = looped(note(), RATE)
    assert 0.1 * RATE < loop.start < loop.end <= (NOTE_S - RELEASE_S) * RATE


def test_the_loop_holds_whole_periods_so_that_the_pitch_stays():
    pitch_hz = 220.0
    _, loop = looped(note(pitch_hz), RATE)
    periods = (loop.end - loop.start) * pitch_hz / RATE
    assert abs(periods - round(periods)) < 0.01


def test_a_decay_is_reported_and_taken_out_of_the_loop():
    looping, loop = looped(note(decay_db_s=10), RATE)
    assert abs(loop.decay_db_s - 10) < MAX_DECAY_ERROR_DB_S
    first, last = looping[loop.start :][:STEP_SAMPLES], looping[: loop.end][-STEP_SAMPLES:]
    assert abs(20 * np.log10(np.std(last) / np.std(first))) < MAX_STEP_DB


@pytest.mark.parametrize("sound", [note(decay_db_s=60), np.zeros(RATE, np.float32), np.ones(100, np.float32)])
def test_a_drum_silence_and_a_click_have_no_loop(sound):
    same, loop = looped(sound, RATE)
    assert loop is None
    assert same is sound
