"""Tables and images of the page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.replication.results import Figures


def table(header: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A row for each of `rows`, a column for each key of `header`."""
    lines = [f"| {' | '.join(header.values())} |", "|---" * len(header) + "|"]
    for row in rows:
        cells = [row.get(key, "") for key in header]
        texts = [f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(f"| {' | '.join(texts)} |")
    return lines


def images_of(*names: str) -> list[str]:
    """The images of these names, one below the other."""
    return [line for name in names for line in (f"![{name}](replication/{name}.png)", "")]


def recognised_columns(rows: Sequence[Figures]) -> dict[str, str]:
    """The headers of the share of clips whose label is recognised, one for each label."""
    return {
        key: f"{key.removesuffix('_percent')} recognised, %" for key in rows[0] if key.endswith("_percent")
    }
