"""Sounds like those of the thesis: a recording where there is one, otherwise synthesised."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.example_sounds import SAMPLE_RATE, chirp, siren
from training.replication.workshop import Workshop, read_sound

Float32 = NDArray[np.float32]

PITCH_HZ = 120.0
FORMANTS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))  # a, i, u, e
BANDWIDTH_HZ = 90.0
VOWEL_S = 0.4
PAUSE_S = 0.1
N_WORDS = 3


class Sound(NamedTuple):
    """What is analysed."""

    waveform: Float32  # (n_samples,)
    sample_rate: int  # Hz
    name: str


def speech(workshop: Workshop) -> Sound:
    """Three recorded words of one speaker, or vowels where there are no recordings."""
    if not workshop.config.data.recordings.is_dir():
        return Sound(_in_a_row(vowels(), SAMPLE_RATE), SAMPLE_RATE, "four synthesised vowels")
    clips = workshop.splits["validation"]
    label = next(iter(clips.labels))
    spoken, firsts = np.unique(clips.labels[label], return_index=True)
    words = [
        read_sound(workshop.config.data.recordings / clips.files[i], workshop.rate) for i in firsts[:N_WORDS]
    ]
    name = f"the {label}s {', '.join(clips.values[label][value] for value in spoken[:N_WORDS])}"
    return Sound(_in_a_row(words, workshop.rate), workshop.rate, name)


def vowels() -> list[Float32]:
    """Four vowels at SAMPLE_RATE: the harmonics of one pitch, shaped by the formants.

    Source: Peterson and Barney 1952, table II, for the formants.
    """
    t = np.arange(round(VOWEL_S * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = np.arange(1, int(SAMPLE_RATE / 2 / PITCH_HZ)) * PITCH_HZ
    tones = np.sin(2 * np.pi * harmonics[:, None] * t) * np.sin(np.pi * t / VOWEL_S) ** 0.5
    spoken = []
    for formants in FORMANTS_HZ:
        gains = np.sum(
            [1 / (1 + ((harmonics - formant) / BANDWIDTH_HZ) ** 2) for formant in formants], axis=0
        )
        spoken.append((gains @ tones / 4).astype(np.float32))
    return spoken


def wail() -> Sound:
    """A siren that wails for some seconds."""
    turn = _normalised(siren, 1)
    return Sound(np.concatenate([turn, turn, turn]), SAMPLE_RATE, "a synthesised siren")


def birdsong() -> Sound:
    """Five bird-like calls."""
    calls = [_normalised(chirp, seed) for seed in range(5)]
    return Sound(_in_a_row(calls, SAMPLE_RATE), SAMPLE_RATE, "synthesised bird-like calls")


def _normalised(made: Callable[[np.random.Generator], NDArray[np.float64]], seed: int) -> Float32:
    waveform = made(np.random.default_rng(seed))
    return np.asarray(waveform / np.abs(waveform).max(), np.float32)


def _in_a_row(pieces: Sequence[Float32], sample_rate: int) -> Float32:
    pause = np.zeros(round(PAUSE_S * sample_rate), np.float32)
    return np.concatenate([part for piece in pieces for part in (piece, pause)])
