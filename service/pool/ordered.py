"""Many tasks of one order, computed by all workers and returned in order, with constant memory."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable

from service.contract.tasks import Rendered, Task
from service.errors import QueueFullError
from service.pool.work_queue import WorkQueue

SHORTEST_WAIT_S = 0.05  # before a task finds out whether the queue is still full


async def in_order(queue: WorkQueue, tasks: Iterable[Task]) -> AsyncIterator[Rendered]:
    """The results of tasks in their order.

    At any time there is one task more in the queue than there are workers, so that others wait for single
    tasks and not for the order. A task that finds the queue full waits. Closing the iterator drops the rest.

    Raises:
        ServiceError: a task failed; later ones are dropped.
    """
    waiting = iter(tasks)
    begun: deque[asyncio.Task[Rendered]] = deque()
    try:
        while True:
            while len(begun) <= queue.n_workers and (task := next(waiting, None)) is not None:
                begun.append(asyncio.create_task(_admitted(queue, task)))
            if not begun:
                return
            await asyncio.wait([begun[0]])
            yield begun.popleft().result()
    finally:
        for left in begun:
            left.cancel()
        await asyncio.gather(*begun, return_exceptions=True)


async def _admitted(queue: WorkQueue, task: Task) -> Rendered:
    """The result of a task that waits while the queue is full."""
    while True:
        try:
            return await queue.run(task)
        except QueueFullError as error:
            await asyncio.sleep(max(SHORTEST_WAIT_S, error.wait_s))
