"""The loop of one worker: messages in, one step computed at a time, messages out."""

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from service.memory import trim_memory
from service.messages import Begin, Continue, Drop, Failure, Step, frame, taken_from
from service.sound.steps import Steps
from service.stages import taken_stages

CHUNK_BYTES = 2**18
REST_S = 1.0  # without a task, after which the memory that sounds took is given back


class Loop:
    """Answers the tasks of the front process. Each `Begin` and `Continue` is answered with one `Step`."""

    def __init__(self, connection: socket.socket, work_of: Callable[[Any], Steps[Any]]) -> None:
        """Sets it up.

        Args:
            connection: to the front process.
            work_of: turns a task into work; what it or the work raises is the answer.
        """
        self._connection, self._work_of = connection, work_of
        self._arrivals = select.poll()
        self._arrivals.register(connection, select.POLLIN)
        self._received = bytearray()
        self._inbox: deque[Begin | Continue] = deque()
        self._jobs: dict[int, Steps[Any]] = {}  # that have begun

    def run(self) -> None:
        """Answers tasks until the other end is closed."""
        while self._receive_next():
            while self._inbox:
                self._connection.sendall(frame(self._step(self._inbox.popleft())))
                self._receive(socket.MSG_DONTWAIT)  # a job that waits may be dropped by now

    def _receive_next(self) -> bool:
        """Waits for what arrives next; False where the other end is closed."""
        if not self._arrivals.poll(1000 * REST_S):
            trim_memory()
        return self._receive()

    def _receive(self, flags: int = 0) -> bool:
        """Takes what has arrived; False where the other end is closed."""
        try:
            chunk = self._connection.recv(CHUNK_BYTES, flags)
        except BlockingIOError:
            return True
        self._received += chunk
        for message in taken_from(self._received):
            if isinstance(message, Drop):
                self._drop(message.job)
            else:
                self._inbox.append(message)
        return bool(chunk)

    def _drop(self, job: int) -> None:
        if steps := self._jobs.pop(job, None):
            steps.close()
        for i, message in enumerate(self._inbox):
            if message.job == job:
                self._inbox[i] = Continue(job, late_at=0.0)

    def _step(self, message: Begin | Continue) -> Step:
        """The next step of a job; a job that is done is forgotten."""
        job, done, result = message.job, True, None
        try:
            if time.monotonic() <= message.late_at:
                if isinstance(message, Begin):
                    self._jobs[job] = self._work_of(message.task)
                next(self._jobs[job])
                done = False
        except StopIteration as end:
            result = end.value
        except Exception as error:  # it belongs to the request, in the front process
            result = Failure.of(error)
        if done:
            self._drop(job)
        return Step(job, done, result, taken_stages())
