"""A path through points of a model's space as one continuous sound.

The spectrograms of the steps are joined in time, each fading into the next at constant power, and the
whole is inverted once: the phase runs on across the seams, where joined waveforms would beat or click.
"""

import numpy as np
from numpy.typing import NDArray

from audio.silence import SILENCE_UNDER_LOUDEST_DB, trim_silence, with_faded_ends
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import PhaseMethod
from service.errors import MorphTooLongError
from service.sound.store import Model
from service.sound.synthesis import Point, limit_peak
from service.stages import stage

Float32 = NDArray[np.float32]

FADE_S = 0.06  # of one step into the next; shorter than most syllables, longer than a window
MAX_CELLS = 10**7  # of a path's spectrogram: 40 MB in float32
MAX_FRAMES = 2**16  # that a transform takes


def path_waveform(model: Model, points: list[Point], phase: PhaseMethod) -> Float32:
    """The sounds of the points after each other without a break, silent ends cut, ends faded; shape (any,).

    Raises:
        MorphTooLongError: so many windows of this model are more than is computed at once.
    """
    config = model.manifest.spectrogram
    check_length(model, len(points))
    n_fade = max(1, min(round(FADE_S * config.sample_rate / config.hop_length), config.n_frames // 2))
    magnitudes = [_magnitude(model, point) for point in points]
    joined = join([*(_audible(m, n_fade) for m in magnitudes[:-1]), magnitudes[-1]], n_fade)
    long = SpectrogramTransform(config.at_full_resolution(joined.shape[1]))
    with stage("phase"):
        waveform = long.resynthesise(joined, phase)
    return limit_peak(with_faded_ends(trim_silence(waveform, config.sample_rate), config.sample_rate))


def check_length(model: Model, steps: int) -> None:
    """Raise unless the spectrogram of so many steps is small enough to be computed at once.

    Raises:
        MorphTooLongError: it is larger.
    """
    config = model.manifest.spectrogram
    limit = min(MAX_FRAMES, MAX_CELLS // config.n_bins) // config.n_frames
    if steps > limit:
        raise MorphTooLongError(steps, limit)


def join(magnitudes: list[Float32], n_fade: int) -> Float32:
    """Magnitudes joined in time, each overlapping the next by n_fade frames at constant power.

    Args:
        magnitudes: float32 of shape (n_bins, at least 2 * n_fade).
        n_fade: frames.
    """
    n_frames = sum(magnitude.shape[1] - n_fade for magnitude in magnitudes) + n_fade
    power = np.zeros((magnitudes[0].shape[0], n_frames), np.float32)
    rise = np.sin(np.pi / 2 * (np.arange(n_fade) + 0.5) / n_fade) ** 2  # of the power; rise + fall = 1
    at = 0
    for i, magnitude in enumerate(magnitudes):
        weighted = magnitude**2
        if i > 0:
            weighted[:, :n_fade] *= rise
        if i < len(magnitudes) - 1:
            weighted[:, -n_fade:] *= rise[::-1]
        power[:, at : at + magnitude.shape[1]] += weighted
        at += magnitude.shape[1] - n_fade
    return np.sqrt(power)


def _magnitude(model: Model, point: Point) -> Float32:
    """The linear magnitude of the sound at a point, (n_bins, n_frames)."""
    return model.transform.magnitude(model.autoencoder.decode(point.z, point.labels), point.level_db)


def _audible(magnitude: Float32, n_fade: int) -> Float32:
    """The frames up to the last audible one; never less than 2 * n_fade."""
    power = (magnitude.astype(np.float64) ** 2).sum(axis=0)
    audible = np.flatnonzero(power >= power.max() * 10 ** (SILENCE_UNDER_LOUDEST_DB / 10))
    return magnitude[:, : max(int(audible[-1]) + 1, 2 * n_fade)]
