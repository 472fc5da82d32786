"""What training minimises, in `keras.ops` alone, so that every Keras backend computes it."""

import math
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from audio.spectrogram_config import SpectrogramConfig
from training.config_model import LoudnessWeightedLoss, MeanSquaredLoss

Tensor = Any  # Keras has no common tensor type

SOUNDING_EPSILON = 1e-3  # a silent clip does not weigh without bound
LABEL_EPSILON = 1e-7  # keeps log(probability) finite
PEAK_ORDER = 32.0  # of the norm that stands for the loudest cells: one 5 dB below counts a seventh
N_BANDS, LOWEST_HZ = 64, 50.0  # auditory bands, evenly from the lowest one's middle to half the sample rate
BAND_FLOOR_DB = -90.0  # of the power in a band, below the loudest cell
NEIGHBOURS = (1 / 6, 2 / 3, 1 / 6)  # weights of three bands side by side
LEAST_VARIANCE = 2.5e-5  # of the levels of neighbours: 0.4 dB of 80, squared


def reconstruction_loss(
    x: Tensor,
    y: Tensor,
    config: MeanSquaredLoss | LoudnessWeightedLoss,
    spectrogram: SpectrogramConfig | None = None,
    share: float | Tensor = 1.0,
) -> Tensor:
    """The mean loss per clip of the decoded y for the spectrogram x, a scalar.

    Args:
        x: (batch, height, width, 1), the spectrogram, [0, 1].
        y: the same shape, the reconstruction.
        config: which loss.
        spectrogram: what x is; only auditory bands need it.
        share: of the cells of the window that x and y have; the others are silent in both.
    """
    if isinstance(config, MeanSquaredLoss):
        return config.scale * share * ops.mean(ops.square(x - y))
    x, y = (
        ops.squeeze(x, -1),
        ops.squeeze(y, -1),
    )  # ONNX Runtime is slow where a last axis of 1 meets a scalar
    loudness = ops.relu(ops.maximum(x, y) - config.loud_from)
    weight = ops.stop_gradient(config.quiet_weight + config.loud_weight * loudness) * _evened(x, config)
    error = x - y
    slope = _rows(error, 1) - _rows(error, 0)  # the slopes of x and y along frequency, subtracted
    cost = ops.mean(weight * _size(error, config))
    cost = cost + config.slope * ops.mean(_rows(weight, 1) * _size(slope, config))
    if config.bands or config.structure:
        assert spectrogram is not None
        levels = [_band_levels(image, spectrogram) for image in (x, y)]
        if config.bands:
            size = _size(levels[0] - levels[1], config)
            cost = cost + config.bands * ops.mean(_evened(x, config) * size)
        if config.structure:
            cost = cost + config.structure * (1.0 - ops.mean(_similarity(*levels)))
    cost = share * cost
    if config.peak:
        cost = cost + config.peak * ops.mean(ops.sum(_loudest(x, y) * _size(error, config), axis=(1, 2)))
    return config.scale * cost


def _loudest(x: Tensor, y: Tensor) -> Tensor:
    """Weights of the cells of each clip, (batch, height, width), sum 1: its loudest cells have nearly all.

    A clip's level is counted from them, and blur lowers them.
    """
    weight = ops.exp(PEAK_ORDER * (ops.maximum(x, y) - 1.0))
    return ops.stop_gradient(weight / ops.sum(weight, axis=(1, 2), keepdims=True))


def _band_levels(image: Tensor, spectrogram: SpectrogramConfig) -> Tensor:
    """The level of the power in each auditory band, (batch, N_BANDS, width), as the cells have theirs.

    The cells of noise differ from their mean by chance, so the error of cells says little; the power in a
    band, which an ear hears, differs less.
    """
    nepers, floor = math.log(10) / 20 * -spectrogram.floor_db, 10 ** (spectrogram.floor_db / 20)
    magnitude = (1 + floor) * ops.exp(nepers * (image - 1.0)) - floor  # that it sounds with, over 0
    power = ops.matmul(auditory_bands(spectrogram).T, ops.square(magnitude))
    return 1.0 + ops.log(power + 10 ** (BAND_FLOOR_DB / 10)) / (2 * nepers)


def _similarity(x: Tensor, y: Tensor) -> Tensor:
    """The structural similarity of the levels of each three neighbouring bands, (batch, N_BANDS - 2, width).

    1 where y rises and falls from band to band as x does, 0 where it does neither, -1 where it does the
    opposite. ViSQOL measures it as well.

    Source: Wang et al. 2004; Hines and Harte 2012 for the bands.
    """
    (x1, x2, x3), (y1, y2, y3) = _differences(x), _differences(y)
    common = x1 * y1 + x2 * y2 + x3 * y3
    own = sum(ops.square(difference) for difference in (x1, x2, x3, y1, y2, y3))
    return (2.0 * common + LEAST_VARIANCE) / (own + LEAST_VARIANCE)


def _differences(levels: Tensor) -> list[Tensor]:
    """The differences between each two of three neighbouring bands, (batch, N_BANDS - 2, width) each.

    Weighted so that the sum of their squares is the weighted variance of the three.
    """
    neighbours = [np.eye(N_BANDS - 2, N_BANDS, i, dtype=np.float32) for i in range(3)]
    pairs = ((0, 1), (1, 2), (0, 2))
    return [
        ops.matmul(math.sqrt(NEIGHBOURS[i] * NEIGHBOURS[j]) * (neighbours[j] - neighbours[i]), levels)
        for i, j in pairs
    ]


def auditory_bands(spectrogram: SpectrogramConfig) -> NDArray[np.float32]:
    """The share of each bin's power that an auditory band takes, (n_bins, N_BANDS).

    The bands are gammatone filters of order 4, evenly on the scale of equivalent rectangular bandwidths.

    Source: Glasberg and Moore 1990, and Patterson et al. 1992 for the filters.
    """
    nyquist = spectrogram.sample_rate / 2
    hz = np.linspace(0, nyquist, spectrogram.n_bins)
    lowest, highest = (21.4 * math.log10(1 + 0.00437 * end) for end in (LOWEST_HZ, nyquist))
    middles = (10 ** (np.linspace(lowest, highest, N_BANDS) / 21.4) - 1) / 0.00437
    widths = 1.019 * 24.7 * (1 + 0.00437 * middles)
    return np.asarray((1 + np.square((hz[:, None] - middles) / widths)) ** -4, np.float32)


def _rows(image: Tensor, first: int) -> Tensor:
    """All rows but one, from `first` on, as a slice: the gradient of indexing has no ONNX form."""
    n_clips, height, width = ops.shape(image)
    return ops.slice(image, (0, first, 0), (n_clips, height - 1, width))


def _size(error: Tensor, config: LoudnessWeightedLoss) -> Tensor:
    """The absolute error, rounded off near 0 (pseudo-Huber, Charbonnier et al. 1997).

    The least absolute error is that of the median, and where most clips are silent the median is silence.
    """
    if not config.rounded:
        return ops.abs(error)
    squared = ops.square(error) + config.rounded**2
    return ops.power(squared, 0.5) - config.rounded  # a root whose gradient converts to ONNX


def _evened(x: Tensor, config: LoudnessWeightedLoss) -> Tensor:
    """The weight of each clip's cells by the loud share of its spectrogram, (batch, 1, 1).

    A drum fills a hundredth of the cells that a noise fills: its loss is not worth learning from otherwise.
    """
    sounding = ops.mean(ops.relu(x - config.loud_from), axis=(1, 2), keepdims=True) + SOUNDING_EPSILON
    return ops.power(ops.mean(sounding) / sounding, config.evenness)


def kl_divergence(z_mean: Tensor, z_log_var: Tensor) -> Tensor:
    """KL(N(z_mean, exp(z_log_var)) || N(0, I)) of each clip in nats, shape (batch,).

        1/2 sum(sigma^2 + mu^2 - 1 - ln sigma^2)

    Args:
        z_mean: (batch, latent_dim).
        z_log_var: (batch, latent_dim), the logarithm of the variance.

    Source: Kingma and Welling 2014, appendix B.
    """
    return 0.5 * ops.sum(ops.exp(z_log_var) + ops.square(z_mean) - 1.0 - z_log_var, axis=-1)


def label_loss(truth: Tensor, probabilities: Tensor) -> Tensor:
    """The mean cross-entropy divided by log(n_values), a scalar: 1 for equal probabilities, 0 if certain.

    Args:
        truth: (batch, n_values), one-hot.
        probabilities: (batch, n_values), rows sum to 1.
    """
    certainty = ops.log(ops.clip(probabilities, LABEL_EPSILON, 1.0))
    return -ops.mean(ops.sum(truth * certainty, axis=-1)) / math.log(max(truth.shape[-1], 2))
