"""The labels of a request as tensors for the decoder."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Manifest
from audio.scale import number_weights, numbers_of, weighted_number
from service.errors import (
    LabelNumberError,
    LabelSyntaxError,
    LabelWeightError,
    UnknownLabelError,
    UnknownLabelValueError,
    UnlabelledModelError,
)

Float32 = NDArray[np.float32]
AskedLabels = Mapping[str, str | Mapping[str, float]]  # name -> value, or value -> weight
LabelVectors = dict[str, Float32]  # name -> (n_values,), >= 0, sums to 1
ROUNDED = 1e-5  # from 1, the sum of weights that were normalised in float32


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


def label_vectors(manifest: Manifest, asked: AskedLabels, of_clips: bool = False) -> LabelVectors:
    """The weights of the values of each asked label, in the manifest's order; other labels are left out.

    Args:
        manifest: of the model.
        asked: name -> value, or value -> weight.
        of_clips: whether labels that only describe the training clips may be asked for, such as a family.

    Raises:
        UnlabelledModelError, UnknownLabelError, UnknownLabelValueError: the model has no such label or value.
        LabelNumberError: the label is a number, and the value is not on its scale.
        LabelWeightError: the weights are negative, not finite or all zero.
    """
    if asked and not manifest.labels:
        raise UnlabelledModelError(f"{manifest.name}@{manifest.version}")
    known = manifest.labels | (manifest.clip_labels if of_clips else {})
    for name in asked:
        if name not in known:
            raise UnknownLabelError(f"{manifest.name}@{manifest.version}", name, list(known))
    return {name: _weights(manifest, name, known[name], asked[name]) for name in known if name in asked}


def one_hot(index: int, n_values: int) -> Float32:
    """All weight on one value."""
    vector = np.zeros(n_values, np.float32)
    vector[index] = 1
    return vector


def normalised(vector: NDArray[np.floating]) -> Float32:
    """The vector of weights, scaled to sum to 1; one that does so but for rounding stays as it is."""
    if abs(float(vector.sum(dtype=np.float64)) - 1) < ROUNDED:
        return vector.astype(np.float32)
    scaled = vector.astype(np.float64) / vector.max()  # first, so that the sum of huge weights stays finite
    return np.asarray(scaled / scaled.sum(), np.float32)


def recognised_labels(manifest: Manifest, probabilities: Mapping[str, Float32]) -> LabelVectors:
    """The labels of an upload: every value as probable as it is, and of a number the likeliest alone."""
    return {
        name: number_weights(weighted_number(vector, manifest.labels[name]), manifest.labels[name])
        if name in manifest.numbers
        else normalised(vector)
        for name, vector in probabilities.items()
    }


def between(start: Float32, end: Float32, share: float, scale: tuple[str, ...] | None) -> Float32:
    """The weights of a label on the way from one point to another.

    Args:
        start: (n_values,).
        end: (n_values,).
        share: of the way, 0 to 1.
        scale: the values of a number, which passes through all that lie between; None for a name, whose
            values are mixed.
    """
    if scale is None:
        return np.asarray((1 - share) * start + share * end, np.float32)
    number = (1 - share) * weighted_number(start, scale) + share * weighted_number(end, scale)
    return number_weights(number, scale)


def _weights(
    manifest: Manifest, name: str, values: tuple[str, ...], choice: str | Mapping[str, float]
) -> Float32:
    if name not in manifest.numbers:
        return _vector(name, values, choice)
    if not isinstance(choice, str):
        weights = _vector(name, values, choice)
        places = np.flatnonzero(weights)
        is_one_number = places[-1] - places[0] <= 1
        return weights if is_one_number else number_weights(float(weights @ numbers_of(values)), values)
    try:
        number = math.nan if "_" in choice else float(choice)  # Python would read 6_0
    except ValueError:
        number = math.nan
    if not float(values[0]) <= number <= float(values[-1]):
        raise LabelNumberError(name, choice, manifest.numbers[name], values[0], values[-1])
    return number_weights(number, values)


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
