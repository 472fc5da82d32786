"""What the names of recordings say: the fields of a pattern, and which spellings are one label value."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from training.config import DataConfig

Fields = dict[str, str]  # name in the pattern -> text


def fields_reader(pattern: str | None) -> Callable[[str], Fields | None]:
    """A function from a recording's name to its fields; it returns None where the pattern does not match."""
    if pattern is None:
        return lambda _: {}
    pieces = re.split(r"\{(\w+)\}", unicodedata.normalize("NFC", pattern))
    regex = re.compile(
        "".join(f"(?P<{piece}>[^/]+?)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    )

    def read(name: str) -> Fields | None:
        match = regex.fullmatch(unicodedata.normalize("NFC", str(PurePosixPath(name).with_suffix(""))))
        return match.groupdict() if match else None

    return read


def merge_similar(data: DataConfig, fields: Sequence[Fields]) -> tuple[list[Fields], list[str]]:
    """The fields with one spelling for label values that differ in case alone, and a sentence for each.

    The spelling of most recordings wins. Where the config keeps similar values, they stay as they are.
    """
    if data.similar_labels == "keep":
        return list(fields), []
    spelling: dict[tuple[str, str], str] = {}
    notes = []
    for label in data.labels:
        counts = Counter(row[label] for row in fields)
        groups: dict[str, list[str]] = {}
        for value in counts:
            groups.setdefault(value.casefold(), []).append(value)
        for values in groups.values():
            chosen = max(values, key=lambda value: (counts[value], value))
            spelling |= {(label, value): chosen for value in values}
            if len(values) > 1:
                listed = ", ".join(f'"{value}" ({counts[value]})' for value in sorted(values))
                notes.append(
                    f'{label}: {listed} are taken as one value, "{chosen}"; '
                    'data.similar_labels = "keep" keeps them apart.'
                )
    return [row | {label: spelling[label, row[label]] for label in data.labels} for row in fields], notes


def natural_order(value: str) -> tuple[int, int, str]:
    """A sort key by which numbers come first, by their size."""
    return (0, int(value), value) if value.isdecimal() else (1, 0, value)
