"""Clips to measure and to test with: synthesised speech, and real recordings where they lie."""

import os
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

REPOSITORY = Path(__file__).resolve().parents[1]
FORMANTS_HZ = ((700, 1220, 2600), (300, 2200, 2900), (350, 800, 2400), (500, 1700, 2450))  # a i u e
BANDWIDTH_HZ = 90


def speech_like(seed: int, n_samples: int = 8192, sample_rate: int = 8000) -> Float32:
    """A vowel with a gliding pitch and an onset of noise, in silence; shape (n_samples,), peak 0.5.

    Source: the source-filter model of Fant 1960; three resonances behind a pulse train.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(n_samples) / n_samples
    pitch_hz = rng.uniform(90, 220) * (1 + rng.uniform(-0.3, 0.3) * t)
    cycles = np.cumsum(pitch_hz) / sample_rate
    excitation = np.diff(np.floor(cycles), prepend=0.0) + 0.01 * rng.standard_normal(n_samples)
    for formant_hz in FORMANTS_HZ[seed % len(FORMANTS_HZ)]:
        radius = np.exp(-np.pi * BANDWIDTH_HZ / sample_rate)
        angle = 2 * np.pi * formant_hz / sample_rate
        excitation = scipy.signal.lfilter([1.0], [1, -2 * radius * np.cos(angle), radius**2], excitation)
    vowel = excitation / np.abs(excitation).max() * np.clip(np.sin(np.pi * (t - 0.15) / 0.6), 0, 1) ** 0.5
    vowel[t > 0.75] = 0
    onset = rng.standard_normal(n_samples) * np.exp(-(((t - 0.12) / 0.03) ** 2)) * 0.1
    clip = vowel + onset
    return np.asarray(0.5 * clip / np.abs(clip).max(), np.float32)


def recordings_folder() -> Path | None:
    """The folder of real spoken digits: $TONESPACE_RECORDINGS, or where training puts them; None without."""
    folder = Path(os.environ.get("TONESPACE_RECORDINGS", REPOSITORY / "data/fsdd/recordings"))
    return folder if folder.is_dir() else None


def read_recordings(folder: Path, n_clips: int, n_samples: int) -> list[Float32]:
    """`n_clips` files spread evenly over the folder, each cut or padded to n_samples."""
    paths = sorted(folder.glob("*.wav"))
    clips = []
    for path in paths[:: max(1, len(paths) // n_clips)][:n_clips]:
        waveform, _ = soundfile.read(path, dtype="float32", frames=n_samples, fill_value=0.0)
        clips.append(np.asarray(waveform, np.float32))
    return clips
