"""Inference outside the event loop: own threads, order of arrival, a bounded queue and a deadline."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any, NoReturn, TypeAlias, TypeVar

import anyio
import anyio.to_thread

from service.errors import DeadlineError, QueueFullError
from service.metrics import QUEUE_WAIT, QUEUED

Item = TypeVar("Item")
Result = TypeVar("Result")
Steps: TypeAlias = Generator[None, None, Result]  # work that can be dropped at each of its yields
Watch: TypeAlias = Callable[[], Coroutine[Any, Any, NoReturn]]  # raises once nobody wants the result


class WorkQueue:
    """Runs work in `concurrency` threads; `queue_limit` more may wait, each for `deadline_s`.

    Work goes to the end of the queue after each of its steps, so that many sounds delay a single one by
    a sound, not by all of them. The limiter is not the one that uploads share, so that health checks
    answer under full load.
    """

    def __init__(self, concurrency: int, queue_limit: int, deadline_s: float) -> None:
        self._limiter = anyio.CapacityLimiter(concurrency)
        self._limit = concurrency + queue_limit
        self._queue_limit = queue_limit
        self._deadline_s = deadline_s
        self._n_inside = 0
        QUEUED.set_function(lambda: self._limiter.statistics().tasks_waiting)

    async def run(self, steps: Steps[Result], watch: Watch | None = None) -> Result:
        """The result of the last step; each is computed in a thread.

        Args:
            steps: the work.
            watch: no step begins after it has raised, and what it raises is raised.

        Raises:
            QueueFullError: too many requests wait already.
            DeadlineError: the deadline passed before the last step began; none begins then.
        """
        if self._n_inside >= self._limit:
            raise QueueFullError(self._queue_limit)
        self._n_inside += 1
        watching = asyncio.ensure_future((watch or _for_ever)())
        begun = False
        try:
            with anyio.move_on_after(self._deadline_s) as turns:  # a wait is cut short, a step is not
                watching.add_done_callback(lambda _: turns.cancel())
                while not (end := await self._turn(steps)):
                    begun = True
                return end[0]
            if watching.done():
                watching.result()
            raise DeadlineError(self._deadline_s, begun)
        finally:
            self._n_inside -= 1
            if not watching.cancel():
                watching.exception()  # seen, although the last step may have been quicker

    async def _turn(self, steps: Steps[Result]) -> tuple[Result] | None:
        asked = time.perf_counter()

        def take() -> tuple[Result] | None:
            QUEUE_WAIT.observe(time.perf_counter() - asked)
            return _step(steps)

        return await anyio.to_thread.run_sync(take, limiter=self._limiter)


def in_one_step(work: Callable[[], Result]) -> Steps[Result]:
    """Work in one step, which is never dropped once it has begun."""
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


def _step(steps: Steps[Result]) -> tuple[Result] | None:
    """One step; the result where it was the last. A thread cannot hand on a StopIteration."""
    try:
        next(steps)
    except StopIteration as end:
        return (end.value,)
    return None


async def _for_ever() -> NoReturn:
    await anyio.sleep_forever()
    raise AssertionError
