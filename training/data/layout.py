"""Which labels a folder of recordings has by its layout: sub-folders, names, a table of pitches."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from audio.manifest import MIDI_NOTE
from training.data.labels import composed, natural_order, similar

KIND, PITCH = "kind", "pitch"
PITCHES_FILE = "pitches.csv"  # in the folder, as `training.data.pitches` writes it
SEPARATORS = "_- "  # between the kind of a sound and the rest of its name
LEAST_OF_A_KIND = 3.0  # recordings, on average: else what the names begin with is no kind


class Layout(NamedTuple):
    """What the recordings of a folder are labelled by."""

    lines: list[str]  # TOML, of the section [data]
    labels: list[str]
    reasons: list[str]  # sentences


def layout_of(folder: Path, names: Sequence[str]) -> Layout:
    """The labels of recordings: a kind from sub-folders or names, and a pitch where the folder has a table.

    Args:
        folder: where they lie.
        names: paths below it.
    """
    pattern, reason = _pattern(names)
    lines, labels, reasons = [], [], [reason]
    if pattern:
        labels.append(KIND)
        lines.append(f"pattern = {json.dumps(pattern)}")
    if (table := folder / PITCHES_FILE).is_file():
        labels.append(PITCH)
        lines.append(f"labels_file = {json.dumps(str(table.resolve()), ensure_ascii=False)}")
        lines.append(f'numbers = {{ {PITCH} = "{MIDI_NOTE}" }}')
        reasons.append(f"The pitch is a label as well, from {table}.")
    return Layout([*lines, f"labels = {json.dumps(labels)}"], labels, reasons)


def _pattern(names: Sequence[str]) -> tuple[str | None, str]:
    """The pattern of the kind, None where there is none, and a sentence about it."""
    paths = [PurePosixPath(composed(name)) for name in names]
    depths = {len(path.parts) for path in paths}
    if len(depths) > 1:
        return None, "No kinds are labels: some recordings lie deeper in sub-folders than others."
    if depths == {1}:
        return _pattern_of_names([path.stem for path in paths])
    kinds = _merged(path.parts[0] for path in paths)
    if len(kinds) == 1:
        return None, "No kinds are labels: all recordings lie in one sub-folder."
    between = [f"{{folder_{i}}}" for i in range(2, max(depths))]
    pattern = "/".join([f"{{{KIND}}}", *between, "{take}"])
    return pattern, f"The labels are the sub-folders: {_listed(kinds)}."


def _pattern_of_names(stems: Sequence[str]) -> tuple[str | None, str]:
    for separator in SEPARATORS:
        kinds = _merged(stem.partition(separator)[0] for stem in stems)
        every = all(0 < stem.find(separator) < len(stem) - 1 for stem in stems)
        if every and len(kinds) > 1 and len(stems) >= LEAST_OF_A_KIND * len(kinds):
            return (
                f"{{{KIND}}}{separator}{{take}}",
                f"The labels are what names begin with: {_listed(kinds)}.",
            )
    return (
        None,
        "No kinds are labels: there are no sub-folders, and names do not begin with a kind and a _ or -.",
    )


def _merged(values: Iterable[str]) -> dict[str, int]:
    """Each value in the spelling that the data will have -> how many recordings have it."""
    counts = Counter(values)
    return {kind: sum(counts[value] for value in same) for kind, same in similar(counts).items()}


def _listed(kinds: dict[str, int]) -> str:
    return ", ".join(f"{kind} ({kinds[kind]})" for kind in sorted(kinds, key=natural_order))
