"""Tables and pictures of the page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.replication.results import Figures


def table(header: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A row for each of `rows`, a column for each key of `header`."""
    lines = [f"| {' | '.join(header.values())} |", "|---" * len(header) + "|"]
    for row in rows:
        cells = [row.get(key, "") for key in header]
        told = [f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(f"| {' | '.join(told)} |")
    return lines


def pictures(*names: str) -> list[str]:
    """The pictures of these names, one below the other."""
    return [line for name in names for line in (f"![{name}](replication/{name}.png)", "")]


def heard_columns(rows: Sequence[Figures]) -> dict[str, str]:
    """The headers of how often each label was heard right."""
    return {key: f"{key.removesuffix('_percent')} heard, %" for key in rows[0] if key.endswith("_percent")}
