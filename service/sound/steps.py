"""Work that can be paused, or dropped, after each of its steps."""

from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Steps: TypeAlias = Generator[None, None, Result]


def in_one_step(work: Callable[[], Result]) -> Steps[Result]:
    """Work in one step."""
    yield from ()
    return work()


def in_steps(work: Callable[[Item], Result], items: Iterable[Item]) -> Steps[list[Result]]:
    """The results for the items in order, a step each."""
    results: list[Result] = []
    for item in items:
        if results:
            yield
        results.append(work(item))
    return results
