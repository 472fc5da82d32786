"""Spectrograms of what a model of notes makes: scales, and morphs between instruments."""

from collections.abc import Sequence

import numpy as np

from training.data.labels import Fields
from training.exported import ExportedModel, Float32
from training.measure.note_sets import sampled_images, sampled_points
from training.measure.recorded_notes import spread

SEED = 0
N_COLUMNS = 8
N_LINES = 5


def scales(model: ExportedModel) -> tuple[list[list[Float32]], list[str], list[str]]:
    """Spectrograms of samples, and titles of columns and rows: a row for each of some pitches.

    A column is an instrument: a value of the first label that is a name, or one more sample where there is
    none. A row is a value of the first label that is a number. Other numbers are in their middle.

    Args:
        model: with a label that is a number.

    Returns:
        spectrograms float32 of shape (*image_shape, 1), [0, 1], row by row; the titles.
    """
    labels = model.manifest.labels
    column, line, middle = _axes(model)
    shown = _spread_values(labels[column], N_COLUMNS) if column else [""] * N_COLUMNS
    numbers = _spread_values(labels[line], N_LINES)
    rng = np.random.default_rng(SEED)
    fields: list[list[dict[str, str]]] = [
        [middle | ({column: value} if column else {}) | {line: number} for value in shown]
        for number in numbers
    ]
    rows = [list(sampled_images(model, row, rng)[0]) for row in fields]
    return rows, shown, [f"{line} {number}" for number in numbers]


def morphs(model: ExportedModel) -> tuple[list[list[Float32]], list[str], list[str]]:
    """Spectrograms on straight paths between samples of two instruments each, and their titles.

    Where no label is a name, they are samples of two pitches each.

    Args:
        model: with a label that is a number.

    Returns:
        spectrograms float32 of shape (*image_shape, 1), [0, 1], row by row; titles of columns and rows.
    """
    column, line, middle = _axes(model)
    ends = column or line
    values = _spread_values(model.manifest.labels[ends], N_COLUMNS)
    pairs = list(zip(values[::2], values[1::2], strict=False)) or [(values[0], values[0])]
    rng, places = np.random.default_rng(SEED), np.linspace(0, 1, N_COLUMNS, dtype=np.float32)[:, None]
    rows, lines = [], []
    for pair in pairs:
        z, labels, _ = sampled_points(model, [middle | {ends: value} for value in pair], rng)
        between = {
            name: (1 - places) * both[0] + places * both[1] for name, both in ({"z": z} | labels).items()
        }
        rows.append(list(model.decode_weighted(between.pop("z"), between)))
        lines.append("\nto ".join(pair))
    return rows, [f"{place:.0%}" for place in places[:, 0]], lines


def _axes(model: ExportedModel) -> tuple[str | None, str, Fields]:
    """The first label that is a name, if any, the first that is a number, and the middles of all numbers."""
    labels, numbers = model.manifest.labels, model.manifest.numbers
    middle = {name: values[len(values) // 2] for name, values in labels.items() if name in numbers}
    return (
        next((n for n in labels if n not in numbers), None),
        next(n for n in labels if n in numbers),
        middle,
    )


def _spread_values(values: Sequence[str], n_wanted: int) -> list[str]:
    """So many of the values, or all there are, evenly spread."""
    return [values[int(i)] for i in spread(len(values), n_wanted)]
