"""Loops of notes that the tests make: where they lie, and what is noticed of their joints."""

import numpy as np
import pytest

from audio.loop import held, level_step_db, looped

RATE = 44_100
NOTE_S, RELEASE_S = 2.0, 0.5
MAX_STEP_DB = 1.0
STEP_SAMPLES = round(0.050 * RATE)
MAX_DECAY_ERROR_DB_S = 2.0


def note(pitch_hz=220.0, decay_db_s=0.0, tremolo_db=0.0, detuned_hz=0.0):
    """Four partials with an attack of 20 ms and a release in the last 0.5 s."""
    t = np.arange(round(NOTE_S * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * k * pitch_hz * t + k) / k for k in (1, 2, 3, 4))
    sound = sound + 0.3 * np.sin(2 * np.pi * (pitch_hz + detuned_hz) * t) if detuned_hz else sound
    level_db = -decay_db_s * t + tremolo_db * np.sin(2 * np.pi * 6 * t)
    level_db -= 120 * np.maximum(t - (NOTE_S - RELEASE_S), 0) / RELEASE_S
    return (0.1 * sound * np.minimum(t / 0.02, 1) * 10 ** (level_db / 20)).astype(np.float32)


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


def test_a_held_note_is_even_for_as_long_as_it_is_held_and_then_released():
    looping, loop = looped(note(), RATE)
    sound = held(looping, loop, 6 * RATE, RATE)
    levels = [np.std(sound[s * RATE // 2 : (s + 1) * RATE // 2]) for s in range(1, 12)]
    assert 20 * np.log10(max(levels) / min(levels)) < MAX_STEP_DB
    assert 6 * RATE < sound.size < 8 * RATE
    assert np.abs(sound[-RATE // 100 :]).max() < 0.01 * np.abs(sound).max()


def test_a_held_note_that_decays_goes_on_decaying():
    looping, loop = looped(note(decay_db_s=8), RATE)
    sound = held(looping, loop, 5 * RATE, RATE)
    later, latest = np.std(sound[2 * RATE :][: RATE // 2]), np.std(sound[4 * RATE :][: RATE // 2])
    assert abs(20 * np.log10(later / latest) - 16) < 2 * MAX_DECAY_ERROR_DB_S


def test_a_short_note_ends_with_its_release_and_not_with_its_window():
    looping, loop = looped(note(), RATE)
    sound = held(looping, loop, RATE // 2, RATE)
    assert sound.size < RATE // 2 + RELEASE_S * RATE + 2 * STEP_SAMPLES + (looping.size - loop.end)
    assert np.std(sound[RATE // 4 :][:STEP_SAMPLES]) > 10 * np.std(sound[RATE // 2 + round(0.3 * RATE) :])


def test_a_note_without_a_loop_rings_as_it_is():
    looping, _ = looped(note(), RATE)
    assert held(looping, None, 6 * RATE, RATE) is looping
