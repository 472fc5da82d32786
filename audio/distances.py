"""How far one clip is from another, in their spectra."""

import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform

Float32 = NDArray[np.float32]

AUDIBLE_DB = 40.0  # frames this far under the loudest one count as silence
TINY = 1e-10  # in the place of a magnitude or a norm of 0


def log_spectral_distance_db(original: Float32, replica: Float32, transform: SpectrogramTransform) -> float:
    """The root mean square difference of the bins in dB, mean over the audible frames of the original.

    Each clip counts down from its own peak to the floor of the transform: a difference in level is none.

    Args:
        original: float32 of shape (n_samples,).
        replica: float32 of shape (n_samples,).
        transform: of both.

    Source: Gray and Markel 1976.
    """
    magnitudes = [np.abs(transform.stft(waveform)) for waveform in (original, replica)]
    spectra_db = [
        np.maximum(20 * np.log10(m / max(float(m.max()), TINY) + TINY), transform.config.floor_db)
        for m in magnitudes
    ]
    distance_db = np.sqrt(np.square(spectra_db[0] - spectra_db[1]).mean(axis=0))
    return float(distance_db[audible_frames(np.square(magnitudes[0]))].mean())


def spectral_convergence(original: Float32, replica: Float32, transform: SpectrogramTransform) -> float:
    """The norm of the difference of the magnitudes over the norm of the original's; 0 where they are equal.

    Args:
        original: float32 of shape (n_samples,).
        replica: float32 of shape (n_samples,).
        transform: of both.

    Source: Sturmel and Daudet 2011, equation 9, without its logarithm.
    """
    magnitude, other = (np.abs(transform.stft(waveform)) for waveform in (original, replica))
    return float(np.linalg.norm(magnitude - other) / max(float(np.linalg.norm(magnitude)), TINY))


def audible_frames(power: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which frames of a power spectrogram, (n_bins, n_frames), are not silence, bool of shape (n_frames,)."""
    loudness_db = 10 * np.log10(power.sum(axis=0) + TINY)
    return np.asarray(loudness_db > loudness_db.max() - AUDIBLE_DB)
