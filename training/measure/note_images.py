"""Spectrograms of what a model of notes makes: scales, and morphs between instruments."""

from collections.abc import Sequence

import numpy as np

from training.data.labels import Fields
from training.exported import ExportedModel, Float32
from training.measure.note_sets import sampled_images, sampled_points

SEED = 0
N_COLUMNS = 8
LINES = (0.0, 0.25, 0.5, 0.75, 1.0)  # places on the scale of a number


def scales(model: ExportedModel) -> tuple[list[list[Float32]], list[str], list[str]]:
    """Spectrograms of samples and their titles: a row for each of some pitches, a column for each instrument.

    Of more labels, the first name and the first number are those of columns and rows; the others are in the
    middle of their scale.
    """
    labels = model.manifest.labels
    column, line, middle = _axes(model)
    shown = _spread_values(labels[column], N_COLUMNS)
    numbers = [labels[line][round(place * (len(labels[line]) - 1))] for place in LINES]
    rng = np.random.default_rng(SEED)
    fields: list[list[dict[str, str]]] = [
        [middle | {column: value, line: number} for value in shown] for number in numbers
    ]
    rows = [list(sampled_images(model, row, rng)[0]) for row in fields]
    return rows, shown, [f"{line} {number}" for number in numbers]


def morphs(model: ExportedModel) -> tuple[list[list[Float32]], list[str], list[str]]:
    """Spectrograms on straight paths between samples of two instruments each, and their titles."""
    column, _, middle = _axes(model)
    values = _spread_values(model.manifest.labels[column], N_COLUMNS)
    rng, places = np.random.default_rng(SEED), np.linspace(0, 1, N_COLUMNS, dtype=np.float32)[:, None]
    rows, lines = [], []
    for pair in zip(values[::2], values[1::2], strict=False):
        z, labels, _ = sampled_points(model, [middle | {column: value} for value in pair], rng)
        between = {
            name: (1 - places) * ends[0] + places * ends[1] for name, ends in ({"z": z} | labels).items()
        }
        rows.append(list(model.decode_weighted(between.pop("z"), between)))
        lines.append("\nto ".join(pair))
    return rows, [f"{place:.0%}" for place in places[:, 0]], lines


def _axes(model: ExportedModel) -> tuple[str, str, Fields]:
    """The first label that is a name, the first that is a number, and the middles of all numbers."""
    labels, numbers = model.manifest.labels, model.manifest.numbers
    middle = {name: values[len(values) // 2] for name, values in labels.items() if name in numbers}
    return next(n for n in labels if n not in numbers), next(n for n in labels if n in numbers), middle


def _spread_values(values: Sequence[str], n_wanted: int) -> list[str]:
    return [values[i] for i in np.linspace(0, len(values) - 1, n_wanted).round().astype(int)]
