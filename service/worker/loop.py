"""The loop of one worker: messages in, one step computed at a time, messages out."""

import logging
import socket
from collections.abc import Callable
from typing import Any

from service.messages import Begin, Continue, Drop, Failure, Step, frame, taken_from
from service.sound.steps import Steps
from service.stages import taken_stages

logger = logging.getLogger(__name__)

CHUNK_BYTES = 2**18


def answer_tasks(connection: socket.socket, work_of: Callable[[Any], Steps[Any]]) -> None:
    """Answers tasks until the other end is closed.

    Args:
        connection: to the front process.
        work_of: turns a task into work; what it or the work raises is the answer.
    """
    jobs: dict[int, Steps[Any]] = {}
    buffer = bytearray()
    while chunk := connection.recv(CHUNK_BYTES):
        buffer += chunk
        for message in taken_from(buffer):
            match message:
                case Drop(job):
                    jobs.pop(job).close()
                case Begin(job) | Continue(job):
                    step = _step(job, jobs, message, work_of)
                    connection.sendall(frame(step))


def _step(
    job: int, jobs: dict[int, Steps[Any]], message: Begin | Continue, work_of: Callable[[Any], Steps[Any]]
) -> Step:
    """The next step of a job; a job that is done is forgotten."""
    done, result = True, None
    try:
        if isinstance(message, Begin):
            jobs[job] = work_of(message.task)
        next(jobs[job])
        done = False
    except StopIteration as end:
        result = end.value
    except Exception as error:  # it belongs to the request, in the front process
        result = Failure.of(error)
    if done:
        jobs.pop(job, None)
    return Step(job, done, result, taken_stages())
