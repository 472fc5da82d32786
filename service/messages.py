"""What the front process and a worker write to each other over a socket, and how.

A frame is its length in four bytes and a pickle; both ends are processes of one service.
"""

import pickle
import struct
import traceback
from typing import Any, NamedTuple, Self

LENGTH = struct.Struct("!I")


class Begin(NamedTuple):
    """To a worker: compute the first step of a task."""

    job: int
    late_at: float  # time.monotonic(), after which it is not computed
    task: Any
    together: bool = False  # with those beside it of which this is true


class Continue(NamedTuple):
    """To a worker: compute the next step of a job."""

    job: int
    late_at: float
    together: bool = False


class Drop(NamedTuple):
    """To a worker: forget a job."""

    job: int


class Step(NamedTuple):
    """From a worker: one step is computed."""

    job: int
    done: bool  # False: there are more steps
    result: Any  # a Failure where it has failed, None where it was too late
    stages: list[tuple[str, float]]  # of the signal chain, each with its seconds


class Ready(NamedTuple):
    """From a worker, first: it is open."""

    pid: int
    opened: bytes  # a pickle of what is open


class Failure(NamedTuple):
    """An exception on its way to another process."""

    kind: type[Exception]
    message: str
    facts: dict[str, Any]
    trace: str  # the traceback as text

    @classmethod
    def of(cls, error: Exception) -> Self:
        """The exception as data."""
        return cls(type(error), str(error), vars(error), "".join(traceback.format_exception(error)))

    def error(self) -> Exception:
        """The exception again, with the traceback of the other process as its note."""
        error = self.kind.__new__(self.kind)
        error.args = (self.message,)
        vars(error).update(self.facts)
        error.add_note(self.trace)
        return error


def frame(message: Any) -> bytes:
    """A message as it is written to a socket."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(content)) + content


def taken_from(buffer: bytearray) -> list[Any]:
    """The whole messages at the beginning of what was received; they are removed from it."""
    messages, at = [], 0
    while at + LENGTH.size <= len(buffer):
        (length,) = LENGTH.unpack_from(buffer, at)
        end = at + LENGTH.size + length
        if end > len(buffer):
            break
        with memoryview(buffer) as view:
            messages.append(pickle.loads(view[at + LENGTH.size : end]))
        at = end
    del buffer[:at]
    return messages
