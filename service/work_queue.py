"""Inference off the event loop: its own threads, a bounded wait, a deadline."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from service.errors import DeadlineError, QueueFullError

Result = TypeVar("Result")


class WorkQueue:
    """Runs work in `concurrency` threads; `queue_limit` more may wait, each for `deadline_s`.

    The limiter is not the one that uploads share, so that health checks answer under full load.
    """

    def __init__(self, concurrency: int, queue_limit: int, deadline_s: float) -> None:
        self._limiter = anyio.CapacityLimiter(concurrency)
        self._limit = concurrency + queue_limit
        self._queue_limit = queue_limit
        self._deadline_s = deadline_s
        self._n_inside = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, computed in a thread.

        Raises:
            QueueFullError: too many requests wait already.
            DeadlineError: the deadline passed before the work began; it is never begun then.
        """
        if self._n_inside >= self._limit:
            raise QueueFullError(self._queue_limit)
        self._n_inside += 1
        try:
            with anyio.fail_after(self._deadline_s):  # a wait is cut short, work that began is not
                return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        except TimeoutError:
            raise DeadlineError(self._deadline_s) from None
        finally:
            self._n_inside -= 1
