"""Which training clips are near to asked numbers, such as a pitch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

WIDE, NARROW = 1.5, 0.5  # steps between a label's values: how far from it a clip has 0.6 of the weight
SMALL_WEIGHT = 1e-2  # of the nearest clip's, under which a clip is none of the near ones


class Near(NamedTuple):
    """The clips of one component that are near to asked numbers."""

    clips: NDArray[np.intp]  # (n_near,), indices into the component's clips
    shares: Float64  # (n_near,), in sum 1: the nearer, the more
    distance: float  # steps from the asked numbers to the nearest clip


def near_clips(places: Mapping[str, Float64], asked: Mapping[str, Float32], width: float = WIDE) -> Near:
    """The clips that are nearest to the asked numbers, and those that are hardly further away.

    Args:
        places: number -> (n_clips,), the index of each clip's value.
        asked: number -> the weights of its values, (n_values,).
        width: the standard deviation by which the weight of a clip falls, in steps.
    """
    distances = np.sqrt(np.sum([np.square(places[name] - place_of(asked[name])) for name in asked], axis=0))
    distance = float(distances.min())
    weights = np.exp((distance**2 - np.square(distances)) / (2 * width**2))
    clips = np.flatnonzero(weights >= SMALL_WEIGHT)
    return Near(clips, weights[clips] / weights[clips].sum(), distance)


def place_of(weights: Float32) -> float:
    """Where weights of a scale's values, (n_values,), lie on it: an index, or between two of them."""
    near = np.abs(np.arange(len(weights)) - int(np.argmax(weights))) <= 1
    return float((weights * np.arange(len(weights)))[near].sum() / weights[near].sum())


def places_of(
    labels: Mapping[str, NDArray[np.int32]], numbers: Sequence[str], clips: NDArray[np.intp]
) -> dict[str, Float64]:
    """The places of some clips on the scale of every number, (n_clips,) each."""
    return {name: labels[name][clips].astype(np.float64) for name in numbers}
