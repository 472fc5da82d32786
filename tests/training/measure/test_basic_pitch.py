"""The second evaluator of pitch, and how a pitch is read from its posteriorgrams."""

import importlib.util
import sys

import numpy as np
import pytest

from training.measure.basic_pitch import BasicPitchEvaluator, note_in

RATE = 44_100
N_FRAMES = 20
needs_basic_pitch = pytest.mark.skipif(
    importlib.util.find_spec("basic_pitch") is None, reason="basic-pitch is installed by hand"
)


def posteriorgrams(*tones):
    """Those of tones of (note, probability, frames)."""
    notes, contours = np.full((N_FRAMES, 88), 0.01), np.full((N_FRAMES, 264), 0.01)
    for note, probability, frames in tones:
        bins = (np.arange(264) - 1) / 3 + 21
        notes[frames, round(note) - 21] = probability
        contours[frames] += probability * np.exp(-np.square((bins - note) / 0.3))
    return notes.astype(np.float32), contours.astype(np.float32)


@pytest.mark.parametrize("note", [21, 36, 60, 60.25, 60.5, 72.75, 108])
def test_a_note_lies_where_the_contour_has_its_peak(note):
    assert note_in(*posteriorgrams((note, 0.8, slice(None)))) == pytest.approx(note, abs=0.08)


def test_a_louder_overtone_of_the_contour_alone_is_not_the_note():
    notes, contours = posteriorgrams((60, 0.8, slice(None)))
    contours += posteriorgrams((72, 0.9, slice(None)))[1]
    assert note_in(notes, contours) == pytest.approx(60, abs=0.05)


@pytest.mark.parametrize("unsure", [50, 60.49])
def test_frames_without_a_sure_note_do_not_count(unsure):
    read = note_in(*posteriorgrams((60, 0.8, slice(0, 4)), (unsure, 0.3, slice(4, None))))
    assert read == pytest.approx(60, abs=0.05)


def test_the_surest_fifth_of_the_frames_counts_where_none_is_sure():
    read = note_in(*posteriorgrams((60, 0.3, slice(0, 5)), (50, 0.1, slice(5, None))))
    assert read == pytest.approx(60, abs=0.05)


@needs_basic_pitch
def test_basic_pitch_reads_the_pitch_of_a_note_in_semitones():
    t = np.arange(RATE) / RATE
    asked = [40, 60, 60.5, 72, 84.2]
    hz = [440 * 2 ** ((note - 69) / 12) for note in asked]
    tones = [sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 6)).astype(np.float32) for f in hz]
    assert np.abs(BasicPitchEvaluator().recognise(tones, RATE) - asked).max() < 0.12
    assert "basic_pitch" not in sys.modules


@needs_basic_pitch
def test_sounds_of_any_length_and_silence_are_read():
    sounds = [np.zeros(n, np.float32) for n in (100, RATE, 3 * RATE)]
    assert np.isfinite(BasicPitchEvaluator().recognise(sounds, RATE)).all()
