"""MIDI notes and their frequencies."""

import librosa
import pytest

from audio.pitch import hz_of, note_of


def test_a_note_is_440_hz_at_69():
    assert hz_of(69) == 440.0
    assert hz_of(60) == pytest.approx(261.6256, abs=1e-4)


@pytest.mark.parametrize("note", [0, 36.5, 60, 69, 127])
def test_a_frequency_is_its_note_and_back(note):
    assert hz_of(note) == pytest.approx(librosa.midi_to_hz(note))
    assert note_of(hz_of(note)) == pytest.approx(note, abs=1e-9)
