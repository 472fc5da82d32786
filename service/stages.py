"""The time of each stage of the signal chain, collected where it runs and reported by the front process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_seen: list[tuple[str, float]] = []


@contextmanager
def stage(name: str, n_sounds: int = 1) -> Iterator[None]:
    """Notes the seconds that a stage takes; also a decorator of a function that is one.

    Args:
        name: of the stage.
        n_sounds: that are computed together; each has an equal share of the time.
    """
    began = time.perf_counter()
    try:
        yield
    finally:
        _seen.extend([(name, (time.perf_counter() - began) / n_sounds)] * n_sounds)


def taken_stages() -> list[tuple[str, float]]:
    """The stages since the last call, each with its seconds."""
    stages = _seen.copy()
    _seen.clear()
    return stages
