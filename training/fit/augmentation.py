"""Augmentation: changes of a spectrogram that keep its labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_STRETCH = 0.15  # faster or slower by this share
MAX_PITCH = 0.04  # higher or lower
MAX_DELAY = 0.1  # later, of the window
MAX_GAIN = 0.15  # of the range of log_magnitude: 12 dB of 80
N_BANDS = 7  # of the curve of another tone, evenly on a logarithmic scale of frequency
NOISE = 0.05  # standard deviation, of the range of log_magnitude


def vary(
    image: NDArray[np.floating[Any]], rng: np.random.Generator, max_pitch: float = MAX_PITCH
) -> NDArray[np.float32]:
    """The spectrogram stretched, transposed, delayed, louder or softer, with a little noise, in [0, 1].

    Args:
        image: (height, width, 1), [0, 1]; both axes are resampled to the nearest cell.
        rng: chooses how much of each.
        max_pitch: higher or lower by this share at most; 0 where the pitch is a label.
    """
    height, width, _ = image.shape
    pace, pitch = rng.uniform(1 - MAX_STRETCH, 1 + MAX_STRETCH), rng.uniform(1 - max_pitch, 1 + max_pitch)
    columns = np.round((np.arange(width) - rng.uniform(0, MAX_DELAY) * width) * pace).astype(int)
    rows = np.minimum(np.round(np.arange(height) * pitch).astype(int), height - 1)
    sounding = ((columns >= 0) & (columns < width))[:, None]
    transposed = image[rows] if max_pitch else image
    varied = transposed[:, np.clip(columns, 0, width - 1)].astype(np.float32) * sounding
    varied += rng.uniform(-MAX_GAIN, MAX_GAIN) * (varied > 0)
    varied += NOISE * rng.standard_normal(varied.shape, np.float32)
    return np.asarray(np.clip(varied, 0, 1), np.float32)


def stretch(image: NDArray[np.floating[Any]], pace: float, pitch: float) -> NDArray[np.float32]:
    """The spectrogram faster by `pace` and lower by `pitch`, both about 1, between the cells by their line.

    Args:
        image: (height, width, 1).
        pace: input columns for each output column; what lies beyond the end is silent.
        pitch: input rows for each output row; the highest row is repeated.
    """
    height, width, _ = image.shape
    transposed = _between(image, np.arange(height) * pitch, 0)
    if pace == 1:
        return np.asarray(transposed, np.float32)
    columns = np.arange(width) * pace
    stretched = _between(transposed, columns, 1)
    return np.asarray(stretched * (columns <= width - 1)[:, None], np.float32)


def recoloured(
    image: NDArray[np.floating[Any]], rng: np.random.Generator, max_gain: float
) -> NDArray[np.float32]:
    """The spectrogram with another tone and another decay, as loud at its loudest cell; silent cells stay.

    The tone is a smooth gain over frequency, the decay a slope over time.

    Args:
        image: (height, width, 1), [0, 1].
        rng: chooses both.
        max_gain: of the tone at any frequency, and of the slope at the end; of the range of log_magnitude.
    """
    height, width, _ = image.shape
    octaves = np.log1p(np.arange(height)) / np.log1p(height - 1)
    tone = np.interp(octaves, np.linspace(0, 1, N_BANDS), rng.uniform(-1, 1, N_BANDS))
    slope = rng.uniform(-1, 1) * np.linspace(0, 1, width)
    gain = max_gain * (tone[:, None] + slope)[..., None]
    sounding = image > 0
    changed = np.where(sounding, image + gain, 0)
    return np.asarray(np.clip(changed + (image.max() - changed.max()) * sounding, 0, 1), np.float32)


def layered(
    image: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]], range_db: float
) -> NDArray[np.float32]:
    """The spectrogram of two sounds at once: their powers added.

    Args:
        image: (height, width, 1), [0, 1].
        other: likewise; below 0 where it is softer than the range.
        range_db: that [0, 1] stands for.
    """
    powers = (10 ** (range_db / 10 * (each.astype(np.float32) - 1)) for each in (image, other))
    both = 1 + 10 / range_db * np.log10(sum(powers))
    return np.asarray(np.clip(np.where(np.maximum(image, other) > 0, both, 0), 0, 1), np.float32)


def _between(
    image: NDArray[np.floating[Any]], places: NDArray[np.floating[Any]], axis: int
) -> NDArray[np.floating[Any]]:
    """The spectrogram at fractional places along an axis."""
    before = np.minimum(places.astype(int), image.shape[axis] - 1)
    after = np.minimum(before + 1, image.shape[axis] - 1)
    share = np.expand_dims(places - before, (1 - axis, 2)).clip(0, 1)
    return np.asarray(image.take(before, axis) * (1 - share) + image.take(after, axis) * share)
