"""The harmonics of a note of known pitch in a spectrogram."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Manifest
from audio.pitch import hz_of
from audio.scale import weighted_number
from audio.spectrogram_config import SpectrogramConfig

Float32 = NDArray[np.float32]

REACH = 1.5  # bins on either side of a harmonic; further out its main lobe is 15 dB and more under its peak
LINE_LIKE = (
    0.95  # cosine of the lobe and the cells there, from which on that is a harmonic; of flat noise 0.94
)
TINY = np.float32(1e-12)


def with_sharp_harmonics(
    log_magnitude: Float32, labels: Mapping[str, NDArray[np.floating]], manifest: Manifest
) -> Float32:
    """A decoded spectrogram, its harmonics `sharpened` where the model has a label for the pitch.

    Args:
        log_magnitude: float32 of shape image_shape, [0, 1].
        labels: name -> (n_values,), weights, those that it was decoded with.
        manifest: of the model.
    """
    config, name = manifest.spectrogram, manifest.pitch_label
    if name is None or config.image_shape != (config.n_bins, config.n_frames):
        return log_magnitude
    note = weighted_number(labels[name], manifest.labels[name])
    return sharpened(log_magnitude, hz_of(note), config)


def sharpened(log_magnitude: Float32, fundamental_hz: float, config: SpectrogramConfig) -> Float32:
    """The spectrogram with each harmonic in the exact form of a steady one, of the same energy.

    The frequency of a harmonic is in the ratio of the two or three cells around it. A decoder blurs it, and
    the phase that is found is then out of tune: by 20 to 60 cents where a bin is wide beside the pitch.
    What is no harmonic, such as noise and silence, stays as it is.

    Args:
        log_magnitude: float32 of shape (n_bins, n_frames), [0, 1].
        fundamental_hz: of the note.
        config: of the spectrogram, which is not resized. Where less than 2 REACH bins lie between two
            harmonics, none stands apart from its neighbours.
    """
    spacing = fundamental_hz * config.n_fft / config.sample_rate  # bins
    if spacing < 2 * REACH:
        return log_magnitude
    bins = np.arange(config.n_bins)
    harmonic = np.round(bins / spacing).astype(int)
    lobe = hann_lobe((bins - harmonic * spacing) * config.win_length / config.n_fft) * (harmonic > 0)
    starts = np.searchsorted(harmonic, np.arange(harmonic[-1] + 1))
    nepers = np.float32(-config.floor_db / 20 * np.log(10))  # of the whole range
    magnitude = np.exp((log_magnitude - 1) * nepers)
    inside = np.where(lobe[:, None] > 0, magnitude, 0)
    energy = np.add.reduceat(np.square(inside), starts)
    size = np.add.reduceat(np.square(lobe), starts)[:, None] + TINY
    along = np.add.reduceat(inside * lobe[:, None], starts)
    amplitude = np.where(along > LINE_LIKE * np.sqrt(energy * size), np.sqrt(energy / size), 0)
    line = amplitude[harmonic] * lobe[:, None]
    shaped = np.clip(1 + np.log(np.maximum(line, TINY)) / nepers, 0, 1)
    return np.asarray(np.where(line > 0, shaped, log_magnitude), np.float32)


def hann_lobe(offset: NDArray[np.floating]) -> Float32:
    """The main lobe of a Hann window's spectrum, 1 at its middle, 0 beyond REACH.

    Args:
        offset: from its middle, in bins of a transform as long as the window; of any shape.

    Returns:
        float32 of the same shape, [0, 1].

    Source: Harris 1978, the Hann window as the sum of three kernels of Dirichlet.
    """
    at = np.abs(offset)
    beside_1 = np.abs(at - 1) < 1e-6  # where the formula is 0 / 0
    lobe = np.sinc(at) / np.where(beside_1, 1.0, 1 - np.square(at))
    return np.where(at > REACH, 0, np.where(beside_1, 0.5, lobe)).astype(np.float32)
