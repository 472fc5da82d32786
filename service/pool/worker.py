"""A worker as the front process sees it: a connection, its current job, and those that it began."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from service.contract.tasks import Opened, Rendered
from service.messages import Begin, Continue, Drop, Failure, Step, frame, taken_from

MAX_STEP_S = 60.0  # after which a worker is taken for stuck and is killed


class Job:
    """A task on its way, from its admission to its result."""

    def __init__(self, number: int, task: Any, cost_s: float, result: asyncio.Future[Rendered]) -> None:
        self.number, self.task, self.cost_s, self.result = number, task, cost_s, result
        self.ticket = number  # the lowest is next; a job gets a new one after each step
        self.waiting = False  # in the queue of all workers
        self.begun = False
        self.late = False  # whether its deadline has passed
        self.spent_s = 0.0  # computing
        self.n_losses = 0  # of workers that computed it

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for the result."""
        return not self.result.done()


class Worker(asyncio.Protocol):
    """The front's end of the connection to a worker; it computes one step at a time."""

    def __init__(
        self,
        open_: Callable[["Worker", Opened | Failure], None],
        computed: Callable[["Worker", Job, Step], None],
        lost: Callable[["Worker"], None],
    ) -> None:
        """Sets what is called.

        Args:
            open_: with its first message.
            computed: with a step of its current job, which then is None.
            lost: when its process has ended.
        """
        self._open, self._computed, self._lost = open_, computed, lost
        self._buffer = bytearray()
        self.pid = 0  # of an open worker
        self.retiring = False  # gets no new jobs
        self.current: Job | None = None
        self.began_at = 0.0  # the current step, time of the event loop
        self.begun: deque[Job] = deque()  # jobs that wait for their next step

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for message in taken_from(self._buffer):
            if isinstance(message, Step):
                job, self.current = self.current, None
                assert job is not None
                self._stuck.cancel()
                self._computed(self, job, message)
            else:
                self.pid = 0 if isinstance(message, Failure) else message.pid
                self._open(self, message)

    def connection_lost(self, _: Exception | None) -> None:
        if self.current:
            self._stuck.cancel()
        self._lost(self)

    def compute(self, job: Job) -> None:
        """Sends the next step of a job, the first where it has not begun."""
        loop = asyncio.get_running_loop()
        self.current, self.began_at = job, loop.time()
        self._stuck = loop.call_later(MAX_STEP_S, os.kill, self.pid, signal.SIGKILL)
        self._write(Continue(job.number) if job.begun else Begin(job.number, job.task))
        job.begun = True

    def drop(self, job: Job) -> None:
        """Lets the worker forget a job between two of its steps."""
        self._write(Drop(job.number))

    def close(self) -> None:
        """Ends the process of the worker."""
        self._transport.close()

    def _write(self, message: Any) -> None:
        self._transport.write(frame(message))
