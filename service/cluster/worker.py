"""A place for one job among the replicas, as the queue sees it: a worker without a process of its own."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.messages import Step
from service.pool.worker import MAX_STEP_S, Job, Worker

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

logger = logging.getLogger(__name__)


class RayWorker(Worker):
    """Gives its job to whichever replica Ray Serve chooses; a replica that dies counts as a lost worker."""

    n_ahead = n_together = 0  # Ray Serve has the jobs that replicas do next

    def __init__(
        self,
        handle: "DeploymentHandle",
        computed: Callable[[Worker, Job, Step], None],
        lost: Callable[[Worker], None],
    ) -> None:
        super().__init__(lambda *_: None, computed, lost)
        self._handle = handle

    def compute(self, job: Job) -> None:
        """Sends the job to a replica, which computes all of its steps."""
        self.jobs.append(job)
        job.sent = True
        self._answering = asyncio.ensure_future(self._answer(job))

    def drop(self, job: Job) -> None:
        """Does nothing: no job waits here, before or between its steps."""

    def close(self) -> None:
        """Ends the work of this place; the replica is Ray's."""
        asyncio.get_running_loop().call_soon(self._lost, self)

    async def _answer(self, job: Job) -> None:
        began_at = time.monotonic()
        answer = self._handle.answer.remote(job.number, job.task, job.late_at - began_at)
        try:
            step: Step = await asyncio.wait_for(answer, MAX_STEP_S)
        except Exception as error:  # of Ray: the replica has ended, is out of reach or is stuck
            logger.warning("a replica is lost: %s", _first_line(error))
            self._lost(self)
            return
        self.jobs.popleft()
        job.spent_s += time.monotonic() - began_at
        job.n_steps += 1
        self._computed(self, job, step)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
