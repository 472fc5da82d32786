"""What names and tables say of recordings, and which spellings are one label value."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from training.config_data import DataConfig
from training.errors import RecordingsError

Fields = dict[str, str]  # name in the pattern, or column of the table -> text

FILE, CENTS, LEFT_OUT = "file", "cents", "left_out"  # columns of a table of labels


def fields_reader(pattern: str | None) -> Callable[[str], Fields | None]:
    """A function from a recording's name to its fields; it returns None where the pattern does not match."""
    if pattern is None:
        return lambda _: {}
    pieces = re.split(r"\{(\w+)\}", composed(pattern))
    regex = re.compile(
        "".join(f"(?P<{piece}>[^/]+?)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    )

    def read(name: str) -> Fields | None:
        match = regex.fullmatch(composed(str(PurePosixPath(name).with_suffix(""))))
        return match.groupdict() if match else None

    return read


def fields_table(path: Path) -> dict[str, Fields]:
    """What a table of labels says: the file of each row -> its cells that are not empty.

    Args:
        path: CSV with a header; the column `file` names recordings by their path below the folder.

    Raises:
        RecordingsError: it cannot be read, has no such column, or names a recording twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingsError(f"the table {path} cannot be read: {error}") from error
    table: dict[str, Fields] = {}
    for row in rows:
        name = composed(row.get(FILE) or "")
        if not name or name in table:
            what = f"has two rows of {name}" if name else f'has a row without a "{FILE}"'
            raise RecordingsError(f"the table {path} {what}")
        table[name] = {column: composed(cell) for column, cell in row.items() if column and cell}
    return table


def composed(text: str) -> str:
    """The text in the Unicode form that people type, NFC."""
    return unicodedata.normalize("NFC", text)


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
        for chosen, values in similar(counts).items():
            spelling |= {(label, value): chosen for value in values}
            if len(values) > 1:
                listed = ", ".join(f'"{value}" ({counts[value]})' for value in sorted(values))
                notes.append(
                    f'{label}: {listed} are taken as one value, "{chosen}"; '
                    'data.similar_labels = "keep" keeps them apart.'
                )
    return [row | {label: spelling[label, row[label]] for label in data.labels} for row in fields], notes


def similar(counts: Counter[str]) -> dict[str, list[str]]:
    """The commonest spelling of values that differ in case alone -> all their spellings."""
    groups: dict[str, list[str]] = {}
    for value in counts:
        groups.setdefault(value.casefold(), []).append(value)
    return {max(values, key=lambda value: (counts[value], value)): values for values in groups.values()}


def natural_order(value: str) -> tuple[int, float, str]:
    """A sort key by which numbers come first, by their size."""
    return (0, float(value), value) if is_number(value) else (1, 0.0, value)


def is_number(value: str) -> bool:
    """Whether a value can be one of a label of `data.numbers`."""
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
