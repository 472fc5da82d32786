"""What the networks make of a label that is a number: a smooth encoding, and the harmonics of a pitch."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from audio.pitch import OCTAVE, hz_of
from audio.scale import numbers_of
from audio.spectrogram_config import SpectrogramConfig

Tensor = Any
Float32 = NDArray[np.float32]

N_BUMPS = 12
SEMITONE = math.log(2) / OCTAVE  # of the logarithm of a frequency
N_TERMS = 8  # of the series of a factor between two values: half an octave lies between 0.7 and 1.4
N_SINGLE = 40  # harmonics that have a loudness of their own: a clarinet's second one is soft, its third loud
N_BANDS = 64  # of the envelope of all harmonics, evenly on the mel scale
LINE_WIDTHS = (0.7, 2.0)  # of a harmonic, standard deviation in bins: a Hann window's main lobe, and its foot


def number_of(weights: Tensor, values: Sequence[str]) -> Tensor:
    """The number that weights of values mean, (batch, 1): as `audio.scale.weighted_number` computes it.

    Args:
        weights: (batch, n_values).
        values: numerals, ascending.
    """
    heaviest, beyond = _parts(weights, values)
    return ops.matmul(heaviest, numbers_of(values).astype(np.float32)[:, None]) + beyond


def _parts(weights: Tensor, values: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The heaviest value, one-hot (batch, n_values), and how far the number lies above it, (batch, 1)."""
    scale = numbers_of(values).astype(np.float32)
    places = np.arange(len(scale))
    beside = (np.abs(places[:, None] - places) <= 1).astype(np.float32)
    up_to = (places[:, None] <= places).astype(np.float32)
    heavy = ops.cast(weights >= ops.max(weights, axis=-1, keepdims=True), "float32")
    heaviest = heavy * ops.cast(ops.matmul(heavy, up_to) < 1.5, "float32")  # the first of equal ones
    near = weights * ops.matmul(heaviest, beside)
    above = ops.subtract(scale, ops.matmul(heaviest, scale[:, None]))
    return heaviest, ops.sum(near * above, axis=-1, keepdims=True) / ops.sum(near, axis=-1, keepdims=True)


def _exponential(x: Tensor) -> Tensor:
    """e^x by its series, to float32 for |x| < 0.4: sums and products alone are the same on every backend."""
    total = 1 / math.factorial(N_TERMS) * x
    for n in range(N_TERMS - 1, 0, -1):
        total = (total + 1 / math.factorial(n)) * x
    return total + 1.0


def bumps(number: Tensor, values: Sequence[str]) -> Tensor:
    """A smooth encoding of numbers, (batch, N_BUMPS): how near each is to points evenly on the scale.

    Args:
        number: (batch, 1).
        values: numerals, ascending; the scale reaches from the first to the last.
    """
    scale = numbers_of(values)
    centres = np.linspace(scale[0], scale[-1], N_BUMPS, dtype=np.float32)
    width = max(float(scale[-1] - scale[0]) / (N_BUMPS - 1), 1.0)
    return ops.exp(-0.5 * ops.square((number - centres[None]) / width))


def harmonics(weights: Tensor, values: Sequence[str], spectrogram: SpectrogramConfig) -> Tensor:
    """The share of every bin in each harmonic and in bands of harmonics, (batch, n_rows, n_bins), [0, 1].

    There are N_BANDS bands and N_SINGLE harmonics for each of LINE_WIDTHS. A harmonic is

        exp(k (cos(2 pi f / f0) - 1)), k = (f0 / (2 pi width))^2

    which is a Gaussian of that width around every multiple of f0.

    Args:
        weights: (batch, n_values), of the values of a pitch.
        values: MIDI notes as numerals, ascending.
        spectrogram: whose bins they are.
    """
    bins = np.arange(spectrogram.n_bins, dtype=np.float32)[None, None]
    spacing = ops.expand_dims(_spacing(weights, values, spectrogram), -1)
    number = ops.divide(bins, spacing)  # of the harmonic, a fraction between two
    nearness = ops.cos(2 * np.pi * (number - ops.round(number))) - 1.0
    lines = [ops.exp(nearness * ops.square(spacing * np.float32(1 / (2 * np.pi * w)))) for w in LINE_WIDTHS]
    each = np.arange(1, N_SINGLE + 1, dtype=np.float32)[None, :, None]
    single = ops.relu(1.0 - ops.abs(number - each))
    return ops.concatenate(
        [ops.multiply(line, share) for line in lines for share in (_bands(spectrogram), single)], axis=1
    )


def _spacing(weights: Tensor, values: Sequence[str], spectrogram: SpectrogramConfig) -> Tensor:
    """How far the harmonics of the note that weights mean are apart, (batch, 1), in bins.

    It is that of the heaviest value, which is a constant, times a factor near 1. Keras and ONNX Runtime would
    round the power of a whole note differently, and high harmonics multiply the difference by some hundreds.
    """
    heaviest, beyond = _parts(weights, values)
    hz = np.array([hz_of(float(value)) for value in values])
    exact = (hz * spectrogram.n_fft / spectrogram.sample_rate).astype(np.float32)
    return ops.matmul(heaviest, exact[:, None]) * _exponential(beyond * SEMITONE)


def _bands(spectrogram: SpectrogramConfig) -> Float32:
    """The share that every bin has of N_BANDS bands, (N_BANDS, n_bins): a line between their middles."""
    hz = np.arange(spectrogram.n_bins) * spectrogram.sample_rate / spectrogram.n_fft
    mel = np.log1p(hz / 700)
    place = mel / mel[-1] * (N_BANDS - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place - np.arange(N_BANDS)[:, None])), np.float32)
