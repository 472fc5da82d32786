"""Short sounds to try training on, each synthesised from a few random numbers: drums, sirens, birds.

A folder of them has a sub-folder for each kind, as a folder of your own recordings may have.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from audio.files import write_audio
from training.errors import RecordingsError

Float64 = NDArray[np.float64]

SAMPLE_RATE = 16_000  # Hz
MAX_DURATION_S = 1.0
MEMBRANE = (1.0, 1.593, 2.136, 2.296)  # modes of an ideal circular membrane, over its lowest
ATTACK_S = 0.002  # a click would be heard in all of them
PEAK_DB = (-24.0, -1.0)  # dBFS, from the softest to the loudest


def kick(rng: np.random.Generator) -> Float64:
    """A sine that falls from a click to a thump."""
    t = _time(rng.uniform(0.3, 0.7))
    low, high = rng.uniform(40, 65), rng.uniform(150, 400)
    pitch_hz = low + (high - low) * np.exp(-t / rng.uniform(0.02, 0.05))
    return _tone(pitch_hz) * _decay(t, rng.uniform(0.08, 0.2))


def tom(rng: np.random.Generator) -> Float64:
    """A membrane: its modes, the higher the sooner gone, all a little sharp at first."""
    t = _time(rng.uniform(0.4, 0.9))
    pitch_hz = rng.uniform(90, 260) * (1 + rng.uniform(0.1, 0.4) * np.exp(-t / 0.06))
    ring_s = rng.uniform(0.12, 0.3)
    return _mixed(_tone(pitch_hz * m) * _decay(t, ring_s / m**2) / m for m in MEMBRANE)


def snare(rng: np.random.Generator) -> Float64:
    """A small membrane and the noise of the wires under it."""
    t = _time(rng.uniform(0.25, 0.5))
    pitch_hz = np.full(t.size, rng.uniform(160, 260))
    skin = _mixed(_tone(pitch_hz * m) * _decay(t, 0.06 / m) for m in MEMBRANE[:2])
    wires = _noise(rng, t.size, rng.uniform(800, 2000)) * _decay(t, rng.uniform(0.06, 0.15))
    return skin + rng.uniform(0.6, 1.5) * wires


def hat(rng: np.random.Generator) -> Float64:
    """High noise, closed or open."""
    t = _time(rng.uniform(0.12, 0.6))
    return _noise(rng, t.size, rng.uniform(4000, 6000)) * _decay(t, float(t[-1]) / rng.uniform(4, 7))


def siren(rng: np.random.Generator) -> Float64:
    """A reedy tone that wails up and down."""
    t = _time(rng.uniform(0.7, MAX_DURATION_S))
    wail = np.sin(2 * np.pi * (rng.uniform(1.5, 5) * t + rng.uniform()))
    pitch_hz = rng.uniform(500, 1000) * 2 ** (rng.uniform(0.2, 0.6) * wail)
    reeds = _mixed(_tone(pitch_hz * k) / k for k in (1, 2, 3, 4))
    return np.asarray(reeds * np.minimum(1, (t[-1] - t) / 0.05))


def chirp(rng: np.random.Generator) -> Float64:
    """A bird-like call: a few whistles that glide."""
    call = np.zeros(0)
    for _ in range(rng.integers(2, 5)):
        t = _time(rng.uniform(0.06, 0.16))
        first, last = rng.uniform(2000, 4500), rng.uniform(2500, 6500)
        whistle = _tone(first * (last / first) ** (t / t[-1])) * np.sin(np.pi * t / t[-1]) ** 2
        call = np.concatenate([call, whistle, np.zeros(round(rng.uniform(0.01, 0.06) * SAMPLE_RATE))])
    return call


KINDS: dict[str, Callable[[np.random.Generator], Float64]] = {
    made.__name__: made for made in (chirp, hat, kick, siren, snare, tom)
}


def save_sounds(folder: Path, n_each: int, seed: int) -> int:
    """How many WAV files were written, as folder/<kind>/<take>.wav.

    The same arguments give the same files; more of each leave the first ones as they were.

    Args:
        folder: new, or written by this function before.
        n_each: of every kind.
        seed: of all.

    Raises:
        RecordingsError: the folder holds something else, which might be recordings of yours.
    """
    strange = [path for path in folder.iterdir() if path.name not in KINDS] if folder.is_dir() else []
    if strange:
        raise RecordingsError(
            f"{folder} holds {strange[0].name}, which is not of this set: name a new folder"
        )
    for number, (kind, make) in enumerate(KINDS.items()):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for take in range(n_each):
            rng = np.random.default_rng((seed, number, take))
            waveform = _at_level(make(rng), rng.uniform(*PEAK_DB))
            path = folder / kind / f"{take:03d}.wav"
            path.write_bytes(write_audio(waveform.astype(np.float32), SAMPLE_RATE))
    return len(KINDS) * n_each


def _time(duration_s: float) -> Float64:
    """The time of every sample, seconds."""
    return np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def _tone(pitch_hz: Float64) -> Float64:
    """A sine of a pitch that changes, from phase 0; silent where the pitch cannot be sampled."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE
    return np.where(pitch_hz < SAMPLE_RATE / 2, np.sin(phase), 0.0)


def _mixed(parts: Iterable[Float64]) -> Float64:
    return np.asarray(sum(parts), np.float64)


def _decay(t: Float64, time_constant_s: float) -> Float64:
    return np.minimum(1, t / ATTACK_S) * np.exp(-t / time_constant_s)


def _noise(rng: np.random.Generator, n_samples: int, above_hz: float) -> Float64:
    """White noise without what is below a frequency, of deviation near 1."""
    spectrum = scipy.fft.rfft(rng.standard_normal(n_samples))
    spectrum[: round(above_hz * n_samples / SAMPLE_RATE)] = 0
    return np.asarray(scipy.fft.irfft(spectrum, n=n_samples))


def _at_level(waveform: Float64, peak_db: float) -> Float64:
    return np.asarray(waveform * (10 ** (peak_db / 20) / np.abs(waveform).max()))
