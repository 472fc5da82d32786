"""The notes of a recording of one voice or instrument."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.files import read_audio
from audio.formats import AudioLimits
from audio.pitch import note_of
from service.contract.instruments import PlayedNote
from service.errors import MidiError
from service.sound.timbre import FULL_VELOCITY

Float32 = NDArray[np.float32]

SAMPLE_RATE = 16_000  # Hz, of swift-f0
PITCH_STEP = 0.1  # semitones, to which pitches are rounded, so that equal notes are computed once
VELOCITY_STEP = 4


@cache
def _reader() -> tuple[Any, Any]:
    """The pitch detector, and what makes notes of the pitches."""
    try:
        from swift_f0 import SwiftF0, segment_notes
    except ModuleNotFoundError as error:
        raise MidiError(
            "it does not begin as one, and swift-f0, which reads recordings, is missing"
        ) from error
    return SwiftF0(threads=1), segment_notes


def read_melody(data: bytes, limits: AudioLimits) -> list[PlayedNote]:
    """The notes of an audio file by onset: pitch as it was sung or played, velocity from the loudness.

    The loudest note has velocity 127. Others are softer as samplers make them: 40 dB for a tenth of it.

    Raises:
        AudioError: the file cannot be read or has no sound.
        MidiError: recordings are not read here.
    """
    detector, notes_of = _reader()
    clip = read_audio(data, SAMPLE_RATE, limits)
    notes = notes_of(detector.detect(clip.waveform, clip.sample_rate))
    levels_db = [_level_db(clip.waveform, note.start, note.end) for note in notes]
    return [
        PlayedNote(note.start, note.end - note.start, _pitch(note.pitch_hz), _velocity(db - max(levels_db)))
        for note, db in zip(notes, levels_db, strict=True)
    ]


def _level_db(waveform: Float32, start_s: float, end_s: float) -> float:
    part = waveform[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    return float(10 * np.log10(np.square(part, dtype=np.float64).mean() + 1e-12)) if part.size else -120.0


def _pitch(pitch_hz: float) -> float:
    return round(round(note_of(pitch_hz) / PITCH_STEP) * PITCH_STEP, 1)


def _velocity(level_db: float) -> int:
    velocity = FULL_VELOCITY * 10 ** (level_db / 40)
    return int(np.clip(round(velocity / VELOCITY_STEP) * VELOCITY_STEP, 1, FULL_VELOCITY))
