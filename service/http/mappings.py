"""Which file of an instrument sounds at which key and velocity."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from service.contract.instruments import InstrumentPlan, Key, NoteFacts


class Region(NamedTuple):
    """A file and the keys and velocities that play it."""

    file: str
    key: Key
    keys: tuple[int, int]  # MIDI notes, both included
    velocities: tuple[int, int]  # both included
    volume_db: float  # <= 0
    facts: NoteFacts


def regions(plan: InstrumentPlan, notes: Sequence[NoteFacts]) -> list[Region]:
    """The regions of an instrument, by key and then by velocity; the loudest file plays at 0 dB.

    Keys and velocities between two files play the nearest one.

    Args:
        plan: the keys and layers.
        notes: the facts of each file, in the same order.
    """
    loudest_db = max(note.level_db for note in notes)
    layers = [velocity or 127 for velocity in plan.velocities]
    spans = between(layers, 1, 127)
    pitched = [key.key for key in plan.keys if key.pitched]
    key_spans = between(pitched, pitched[0], pitched[-1]) if pitched else [(k.key, k.key) for k in plan.keys]
    places = [
        (key, keys, velocity, span)
        for key, keys in zip(plan.keys, key_spans, strict=True)
        for velocity, span in zip(plan.velocities, spans, strict=True)
    ]
    return [
        Region(file_name(key, velocity), key, keys, span, note.level_db - loudest_db, note)
        for (key, keys, velocity, span), note in zip(places, notes, strict=True)
    ]


def between(places: Sequence[int], lowest: int, highest: int) -> list[tuple[int, int]]:
    """The numbers that are nearest to each of the ascending places, first and last included."""
    middles = [(a + b) // 2 for a, b in pairwise(places)]
    return list(zip([lowest, *(middle + 1 for middle in middles)], [*middles, highest], strict=True))


def file_name(key: Key, velocity: int | None) -> str:
    """The name of the file of a key and a velocity."""
    name = "".join(c if c.isalnum() else "-" for c in key.name)
    return f"{key.key:03d}-{name}" + (f"-v{velocity:03d}" if velocity else "") + ".wav"
