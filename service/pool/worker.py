"""A worker as the front process sees it: a connection, its jobs, and those that it began."""

import asyncio
import itertools
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from service.contract.points import WeightedSum
from service.contract.tasks import GenerateTask, Rendered, SampleTask
from service.messages import Begin, Continue, Drop, Failure, Ready, Step, frame, taken_from

N_AHEAD = 1  # jobs that a worker has beside the one that it computes, so that it never waits for the front
N_TOGETHER, TOGETHER_S = 8, 0.05  # or so many, and of so much estimated time, that are decoded together
MAX_STEP_S = 60.0  # after which a worker is taken for stuck and is killed


class Job:
    """A task on its way, from its admission to its result."""

    def __init__(
        self, number: int, task: Any, cost_s: float, late_at: float, result: asyncio.Future[Rendered]
    ) -> None:
        self.number, self.task, self.cost_s, self.late_at = number, task, cost_s, late_at
        self.result = result
        self.ticket = number  # the lowest is next; a job gets a new one after each step
        self.waiting = False  # in the queue of all workers
        self.sent = False  # to a worker, which knows it then
        self.n_steps = 0  # that were computed, and were not the last
        self.spent_s = 0.0  # computing
        self.n_losses = 0  # of workers that computed it

    @property
    def together(self) -> bool:
        """Whether it is decoded together with others, since it needs little else before.

        A weighted sum may encode audio, and a job that may have ended a worker is computed alone.
        """
        if self.n_losses:
            return False
        if isinstance(self.task, GenerateTask):
            return not isinstance(self.task.body.z, WeightedSum)
        return isinstance(self.task, SampleTask)

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for the result."""
        return not self.result.done()


class Worker(asyncio.Protocol):
    """The front's end of the connection to a worker, which answers each step that it is sent, in order."""

    n_ahead, n_together = N_AHEAD, N_TOGETHER

    def __init__(
        self,
        open_: Callable[["Worker", Ready | Failure], None],
        computed: Callable[["Worker", Job, Step], None],
        lost: Callable[["Worker"], None],
    ) -> None:
        """Sets what is called.

        Args:
            open_: with its first message.
            computed: with a job and the step of it that is computed.
            lost: when its process has ended.
        """
        self._open, self._computed, self._lost = open_, computed, lost
        self._buffer = bytearray()
        self.pid = 0  # of an open worker
        self.retiring = False  # gets no new jobs
        self.jobs: deque[Job] = deque()  # the one that it computes, and those that it has ahead
        self._began_at = 0.0  # the step that it computes, time.monotonic()
        self.begun: deque[Job] = deque()  # jobs that wait for their next step

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for message in taken_from(self._buffer):
            if isinstance(message, Step):
                self._computed(self, self._taken(), message)
            else:
                self.pid = 0 if isinstance(message, Failure) else message.pid
                self._open(self, message)

    def connection_lost(self, _: Exception | None) -> None:
        if self.jobs:
            self._stuck.cancel()
        self._lost(self)

    def takes(self, job: Job) -> bool:
        """Whether it is given a job beside those that it has.

        More than `n_ahead` make a batch, and a short one: no worker should rest while jobs wait for another.
        """
        jobs = (job, *self.jobs)
        if len(jobs) <= 1 + self.n_ahead:
            return True
        if len(jobs) > self.n_together or sum(one.cost_s for one in jobs) > TOGETHER_S:
            return False
        return all(one.together for one in jobs)

    def compute(self, job: Job) -> None:
        """Sends the next step of a job, the first where it has not begun."""
        self.jobs.append(job)
        if len(self.jobs) == 1:
            self._begin()
        number, late_at, together = job.number, job.late_at, job.together
        message = Begin(number, late_at, job.task, together)
        self._write(Continue(number, late_at, together) if job.sent else message)
        job.sent = True

    def _begin(self) -> None:
        self._began_at = time.monotonic()
        self._stuck = asyncio.get_running_loop().call_later(MAX_STEP_S, os.kill, self.pid, signal.SIGKILL)

    def _taken(self) -> Job:
        """The job whose step is computed; the next one has begun."""
        self._stuck.cancel()
        job = self.jobs.popleft()
        job.spent_s += time.monotonic() - self._began_at
        if self.jobs:
            self._begin()
        return job

    def drop(self, job: Job) -> None:
        """Lets the worker forget a job, before or between its steps."""
        self._write(Drop(job.number))

    @property
    def computing(self) -> list[Job]:
        """The job that it computes, and those that it may compute together with it."""
        together = list(itertools.takewhile(lambda job: job.together, self.jobs))
        return together or [*self.jobs][:1]

    @property
    def ahead(self) -> list[Job]:
        """The jobs that it has beside the one that it computes."""
        return list(itertools.islice(self.jobs, 1, None))

    def close(self) -> None:
        """Ends the process of the worker."""
        self._transport.close()

    def _write(self, message: Any) -> None:
        self._transport.write(frame(message))
