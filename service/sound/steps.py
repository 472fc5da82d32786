"""Work that can be paused, or dropped, after each of its steps.

Within a step it says what it needs decoded and waits for it, so that what several jobs need at the same
time is decoded together.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.sound.autoencoder import Autoencoder

Float32 = NDArray[np.float32]
Item = TypeVar("Item")
Result = TypeVar("Result")


class Decoding(NamedTuple):
    """A point whose spectrogram the work waits for."""

    autoencoder: Autoencoder
    z: Float32  # (latent_dim,)
    labels: Mapping[str, Float32]  # every label's name -> (n_values,)

    def decoded(self) -> Float32:
        """Its spectrogram."""
        return self.autoencoder.decode(self.z, self.labels)


Steps: TypeAlias = Generator[Decoding | None, Float32 | None, Result]  # None is given at the end of a step


def spectrogram_of(decoding: Decoding) -> Steps[Float32]:
    """The log magnitude at a point, as `Autoencoder.decode` gives it."""
    image = yield decoding
    assert image is not None, "whoever computes the work answers a Decoding with its spectrogram"
    return image


def in_one_step(work: Callable[[], Result]) -> Steps[Result]:
    """Work in one step."""
    yield from ()
    return work()


def in_steps(work: Callable[[Item], Result], items: Iterable[Item]) -> Steps[list[Result]]:
    """The results for the items in order, a step each."""
    return in_turn(in_one_step(partial(work, item)) for item in items)


def in_turn(works: Iterable[Steps[Result]]) -> Steps[list[Result]]:
    """The results of works in order; each begins a new step."""
    results: list[Result] = []
    for work in works:
        if results:
            yield None
        results.append((yield from work))
    return results


def next_step(work: Steps[Result]) -> None:
    """Computes the next step of a work alone.

    Raises:
        StopIteration: with the result, where it was the last one.
    """
    wanted = next(work)
    while wanted is not None:
        wanted = work.send(wanted.decoded())


def computed_alone(work: Steps[Result]) -> Result:
    """The result of a work, all of whose steps are computed alone."""
    try:
        while True:
            next_step(work)
    except StopIteration as end:
        result: Result = end.value
        return result
