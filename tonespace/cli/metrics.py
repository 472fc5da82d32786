"""The metrics of a model as tables: what was measured down the side, on which sounds along the top."""

import re
from collections.abc import Mapping

from rich.table import Table

NAME_WIDTH, COLUMN_WIDTH = 28, 13  # characters
Grid = dict[str, dict[str, float]]  # metric -> sounds -> value


def metric_tables(metrics: Mapping[str, float], width: int) -> list[Table]:
    """The metrics in tables no wider than `width` characters.

    The service names a metric after the sounds and what was measured on them, as in `reconstruction.stoi`;
    one of the model itself, such as `n_clips`, has a line without a column.
    """
    grid = _grid(metrics)
    sounds = list(dict.fromkeys(name for row in grid.values() for name in row if name))
    n_columns = max(1, (width - NAME_WIDTH) // COLUMN_WIDTH)
    parts = [sounds[i : i + n_columns] for i in range(0, len(sounds), n_columns)]
    tables = [_table({name: row for name, row in grid.items() if "" in row}, [""])]
    return [table for table in [*tables, *(_table(grid, part) for part in parts)] if table.row_count]


def _grid(metrics: Mapping[str, float]) -> Grid:
    grid: Grid = {}
    for key, value in metrics.items():
        sounds, dot, measured = key.partition(".")
        grid.setdefault(measured or key, {})[sounds if dot else ""] = value
    return grid


def _table(grid: Grid, sounds: list[str]) -> Table:
    table = Table("metric", box=None, pad_edge=False)
    for name in sounds:
        table.add_column(name, justify="right")
    for name, row in grid.items():
        if any(column in row for column in sounds):
            cells = (f"{row[column]:.4g}" if column in row else "" for column in sounds)
            table.add_row(re.sub("[._]", " ", name), *cells)
    return table
