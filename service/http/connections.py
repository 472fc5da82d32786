"""Connections that wait for their client: for how long, and how many at once.

uvicorn limits only the time between two requests. A client that stops in the middle of a request, or does not
read its answer, would hold its connection for ever.
"""

import asyncio
import math
from typing import Any, NamedTuple, cast

from service.http.problems import MALFORMED_REQUEST, REQUEST_TIMEOUT
from service.http.protocol import Protocol

HEAD_LIMIT_BYTES = 65_536  # uvicorn's parser has none
SHUTDOWN_STALL_S = 2.0  # the longest silence of a client that the end of the service waits for


class ConnectionLimits(NamedTuple):
    """What the clients of one service may do."""

    max_connections: int
    stall_timeout_s: float
    min_upload_bytes_per_s: int
    deadline_s: float  # for requests that still arrive when the service shuts down


class LimitedProtocol(Protocol):
    """One connection that is closed when its client stalls, or when others need its place.

    A request has to arrive without a pause of `stall_timeout_s`, and after that time at
    `min_upload_bytes_per_s` on average, so that single bytes in between do not help.
    """

    def __init__(self, *arguments: Any, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._limits, self._stall_s = limits, limits.stall_timeout_s
        self._began_at = self._active_at = self.loop.time()  # of the request, of the last byte
        self._n_bytes = 0  # of the request
        self._receiving = True
        self._head_is_read = False
        self._unsent_bytes = 0
        self._stop_at = math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        super().connection_made(transport)
        self._check()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives; an endless head is refused."""
        self._active_at = self.loop.time()
        super().data_received(data)
        self._n_bytes += len(data)
        if not self._head_is_read and self._n_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self.refuse(
                MALFORMED_REQUEST, f"The head of the request is longer than {HEAD_LIMIT_BYTES} bytes."
            )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._began_at, self._n_bytes = self._active_at, 0
        self._receiving, self._head_is_read = True, False

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_is_read = True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._receiving = False

    def on_response_complete(self) -> None:
        self._began_at = self._active_at = self.loop.time()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Finishes the request, if its client does not keep the service waiting."""
        super().shutdown()
        self._stall_s = min(self._stall_s, SHUTDOWN_STALL_S)
        self._stop_at = self.loop.time() + self._limits.deadline_s
        self._timer.cancel()
        self._check()

    @property
    def waits_for_client(self) -> bool:
        """Whether the client has to send or to read before anything goes on."""
        if self._unsent_bytes:
            return True
        computing = self.cycle and not self.cycle.more_body and not self.cycle.response_complete
        return not computing and not self.flow.read_paused

    def time_out(self, reason: str) -> None:
        """Closes the connection, with a problem if a request is on its way and has no answer yet."""
        answered = self._head_is_read and self.cycle.response_started
        if self._unsent_bytes or self.transport.is_closing():
            self.transport.abort()
        elif self._n_bytes and not answered:
            self.refuse(REQUEST_TIMEOUT, reason)
        else:
            self.transport.close()

    def _check(self) -> None:
        """Times the connection out if it is due, and looks again when it can be due next."""
        now = self.loop.time()
        unsent_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes != self._unsent_bytes:
            self._unsent_bytes, self._active_at = unsent_bytes, now
        if not self.waits_for_client:
            self._began_at = self._active_at = now
        due = self._due()
        if due <= now:
            self.time_out(
                f"The request did not arrive in time: it paused for {self._stall_s:g} s or was slow."
            )
        self._timer = self.loop.call_at(due if due > now else now + self._stall_s, self._check)

    def _due(self) -> float:
        """When to close the connection unless its client goes on, in seconds of the loop."""
        if self._unsent_bytes:
            return min(self._active_at + self._stall_s, self._stop_at)
        if not self._receiving:  # uvicorn limits the time between two requests
            return self.loop.time() + self._stall_s
        upload_s = self._n_bytes / self._limits.min_upload_bytes_per_s
        return min(self._active_at + self._stall_s, self._began_at + self._stall_s + upload_s, self._stop_at)

    def _make_room(self) -> None:
        """Closes the connection that has waited longest for its client, if there are too many."""
        if len(self.connections) <= self._limits.max_connections:
            return
        all_of_them = cast("set[LimitedProtocol]", self.connections)
        others = [other for other in all_of_them if other is not self and not other.transport.is_closing()]
        waiting = [other for other in others if other.waits_for_client]
        if waiting and len(others) >= self._limits.max_connections:
            longest = min(waiting, key=lambda other: other._active_at)
            longest.time_out("The request stalled, and its connection was needed for another client.")
