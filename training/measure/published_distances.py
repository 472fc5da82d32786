"""Distances between a replica and its original as papers of the field compute them.

Both compare levels as well, and count every frame, silent or not. `audio.distances` does neither.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.stft import ShortTimeTransform

Float32 = NDArray[np.float32]


class Resolution(NamedTuple):
    """An STFT, in samples."""

    n_fft: int
    win_length: int
    hop_length: int


MULTI_RESOLUTION = (Resolution(512, 240, 50), Resolution(1024, 600, 120), Resolution(2048, 1200, 240))
LEAST_MAGNITUDE = np.float32(10**-3.5)  # in the place of a smaller one, as in common implementations
DRUM_RESOLUTION = Resolution(2048, 2048, 512)
ADDED_POWER = np.float32(1e-10)  # silence needs a logarithm; the rounding noise of 16 bit is 28 dB louder


def multi_resolution_stft_distance(original: Float32, replica: Float32) -> float:
    """The spectral convergence plus the mean absolute difference of log magnitudes, mean over three STFTs.

    Windows and hops are the paper's in samples, whatever the sample rate.

    Args:
        original: float32 of shape (n_samples,), full scale is 1.
        replica: float32 of shape (n_samples,).

    Source: Yamamoto, Song and Kim 2020 (Parallel WaveGAN).
    """
    distances = []
    for resolution in MULTI_RESOLUTION:
        magnitude, other = (
            np.maximum(_magnitude(waveform, resolution), LEAST_MAGNITUDE) for waveform in (original, replica)
        )
        convergence = np.linalg.norm(magnitude - other) / np.linalg.norm(magnitude)
        distances.append(convergence + np.abs(np.log(magnitude / other)).mean())
    return float(np.mean(distances))


def unfloored_log_spectral_distance_db(original: Float32, replica: Float32) -> float:
    """The root mean square difference of the bins in dB, mean over all frames, without a floor.

    It is meant to be the distance that DrumGAN VST reports. The paper's definition is recalled, not checked:
    the STFT (2048 samples, hops of 512) and the constant that is added to the power, 1e-10, are our choice.

    Args:
        original: float32 of shape (n_samples,), full scale is 1.
        replica: float32 of shape (n_samples,).

    Source: Gray and Markel 1976; Nistal et al. 2022 (DrumGAN VST), recalled.
    """
    spectra_db = [
        10 * np.log10(np.square(_magnitude(waveform, DRUM_RESOLUTION)) + ADDED_POWER)
        for waveform in (original, replica)
    ]
    return float(np.sqrt(np.square(spectra_db[0] - spectra_db[1]).mean(axis=1)).mean())


def _magnitude(waveform: Float32, resolution: Resolution) -> Float32:
    """The magnitude of the STFT, (n_frames, n_bins); zeros fill up the last hop."""
    n_frames = -(-waveform.size // resolution.hop_length)
    transform = _transform(resolution, n_frames)
    whole = np.pad(waveform, (0, n_frames * resolution.hop_length - waveform.size))
    return np.abs(transform.forward(transform.padded(whole)))


@cache
def _transform(resolution: Resolution, n_frames: int) -> ShortTimeTransform:
    return ShortTimeTransform(**resolution._asdict(), n_frames=n_frames)
