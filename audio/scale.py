"""Labels whose values are numbers: a number as weights of the values it lies between, and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def number_weights(number: float, values: Sequence[str]) -> Float32:
    """The weights of a label's values, (n_values,): of the two around the number, by how near it is to each.

    A number beyond the first or last value has all the weight on that value.

    Args:
        number: in the unit of the label.
        values: numerals, ascending.
    """
    scale = numbers_of(values)
    below = int(np.clip(np.searchsorted(scale, number, side="right") - 1, 0, max(len(scale) - 2, 0)))
    weights = np.zeros(len(scale), np.float32)
    if len(scale) == 1:
        return np.ones(1, np.float32)
    share = np.clip((number - scale[below]) / (scale[below + 1] - scale[below]), 0, 1)
    weights[below], weights[below + 1] = 1 - share, share
    return weights


def weighted_number(weights: NDArray[np.floating], values: Sequence[str]) -> float:
    """The number that weights mean: the mean of the heaviest value and of its two neighbours.

    What lies further away is another opinion, such as the octave, and no part of this one.

    Args:
        weights: (n_values,), >= 0, some above 0.
        values: numerals, ascending.
    """
    scale = numbers_of(values)
    near = np.abs(np.arange(len(scale)) - int(np.argmax(weights))) <= 1
    return float((weights * scale)[near].sum() / weights[near].sum())


def numbers_of(values: Sequence[str]) -> Float64:
    """The values as numbers, (n_values,)."""
    return np.array([float(value) for value in values])
