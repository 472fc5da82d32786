"""MIDI notes and their frequencies, in equal temperament."""

import numpy as np

A4_HZ, A4_NOTE, OCTAVE = 440.0, 69, 12


def hz_of(note: float) -> float:
    """The frequency of a MIDI note, or of each note of an array or a tensor."""
    hz: float = A4_HZ * 2.0 ** ((note - A4_NOTE) / OCTAVE)
    return hz


def note_of(hz: float) -> float:
    """The MIDI note of a frequency, a fraction between two semitones."""
    return float(A4_NOTE + OCTAVE * np.log2(hz / A4_HZ))
