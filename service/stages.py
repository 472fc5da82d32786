"""The time of each stage of the signal chain, collected where it runs and reported by the front process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_seen: list[tuple[str, float]] = []


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Notes the seconds that a stage takes; also a decorator of a function that is one."""
    began = time.perf_counter()
    try:
        yield
    finally:
        _seen.append((name, time.perf_counter() - began))


def taken_stages() -> list[tuple[str, float]]:
    """The stages since the last call, each with its seconds."""
    stages = _seen.copy()
    _seen.clear()
    return stages
