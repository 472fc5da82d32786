"""The labels of a request as tensors for the decoder."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Manifest
from service.errors import (
    LabelSyntaxError,
    LabelWeightError,
    UnknownLabelError,
    UnknownLabelValueError,
    UnlabelledModelError,
)

Float32 = NDArray[np.float32]
AskedLabels = Mapping[str, str | Mapping[str, float]]  # name -> value, or value -> weight
LabelVectors = dict[str, Float32]  # name -> (n_values,), >= 0, sums to 1


def parse_labels(pairs: Iterable[str]) -> dict[str, str]:
    """`["digit:7", "speaker:theo"]` as `{"digit": "7", "speaker": "theo"}`.

    Raises:
        LabelSyntaxError: a pair has no colon, or a name is repeated.
    """
    asked: dict[str, str] = {}
    for pair in pairs:
        name, colon, value = pair.partition(":")
        if not colon:
            raise LabelSyntaxError(pair, "is not of the form name:value")
        if name in asked:
            raise LabelSyntaxError(pair, "asks for the same label again")
        asked[name] = value
    return asked


def label_vectors(manifest: Manifest, asked: AskedLabels) -> LabelVectors:
    """The weights of the values of each asked label, in the manifest's order; other labels are left out.

    Raises:
        UnlabelledModelError, UnknownLabelError, UnknownLabelValueError: the model has no such label or value.
        LabelWeightError: the weights are negative, not finite or all zero.
    """
    if asked and not manifest.labels:
        raise UnlabelledModelError(f"{manifest.name}@{manifest.version}")
    for name in asked:
        if name not in manifest.labels:
            raise UnknownLabelError(f"{manifest.name}@{manifest.version}", name, list(manifest.labels))
    return {
        name: _vector(name, values, asked[name]) for name, values in manifest.labels.items() if name in asked
    }


def one_hot(index: int, n_values: int) -> Float32:
    """All weight on one value."""
    vector = np.zeros(n_values, np.float32)
    vector[index] = 1
    return vector


def normalised(vector: NDArray[np.floating]) -> Float32:
    """The vector of weights, scaled to sum to 1; doing so twice changes nothing more."""
    scaled = vector.astype(np.float64) / vector.max()  # first, so that the sum of huge weights stays finite
    return np.asarray(scaled / scaled.sum(), np.float32)


def _vector(name: str, values: tuple[str, ...], choice: str | Mapping[str, float]) -> Float32:
    weights = {choice: 1.0} if isinstance(choice, str) else choice
    vector = np.zeros(len(values))
    for value, weight in weights.items():
        if value not in values:
            raise UnknownLabelValueError(name, value, values)
        if not math.isfinite(weight) or weight < 0:
            raise LabelWeightError(name)
        vector[values.index(value)] = weight
    if not vector.max() > 0:
        raise LabelWeightError(name)
    return normalised(vector)
