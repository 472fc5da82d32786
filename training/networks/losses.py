"""What training minimises, in `keras.ops` alone, so that every Keras backend computes it."""

import math
from typing import Any

from keras import ops

from training.config_model import LoudnessWeightedLoss, MeanSquaredLoss

Tensor = Any  # Keras has no common tensor type

SOUNDING_EPSILON = 1e-3  # a silent clip does not weigh without bound
LABEL_EPSILON = 1e-7  # keeps log(probability) finite


def reconstruction_loss(x: Tensor, y: Tensor, config: MeanSquaredLoss | LoudnessWeightedLoss) -> Tensor:
    """The mean loss per clip of the decoded y for the spectrogram x, a scalar.

    Args:
        x: (batch, height, width, 1), the spectrogram, [0, 1].
        y: the same shape, the reconstruction.
        config: which loss.
    """
    if isinstance(config, MeanSquaredLoss):
        return config.scale * ops.mean(ops.square(x - y))
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
    return config.scale * cost


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
