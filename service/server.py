"""uvicorn with an announced start and end: it prints when it is ready, and SIGTERM shows in /health/ready."""

import logging
import math
import os
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import cast

import uvicorn

from service.app import create_app
from service.http.connections import ConnectionLimits, LimitedProtocol
from service.listener import address_of
from service.memory import release_memory
from service.pool.opener import Opener
from service.runtime import NewGeneration, Runtime
from service.settings import Settings

logger = logging.getLogger(__name__)

BACKLOG = 128  # connections that the event loop accepts at once, before any is counted
RESERVED_FILES = BACKLOG + 64  # beside the connections: models, sockets, pipes


class Server(uvicorn.Server):
    """One worker that drains on SIGTERM, stops on a second one or on Ctrl-C, and gives up when broken."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._announced = self._reload_is_asked = False
        self._stop_at = math.inf  # time.monotonic()

    def handle_hangup(self, *_: object) -> None:
        """Lets the models be opened anew, as SIGHUP means to services."""
        self._reload_is_asked = True

    def handle_exit(self, sig: int, _: FrameType | None) -> None:
        """Drains, stops or, on a second Ctrl-C, stops at once.

        Unlike uvicorn's, it does not raise the signal again, so the exit status is 0.
        """
        if sig == signal.SIGTERM and self._runtime.state != "draining":
            self._runtime.drain()
            self._stop_at = time.monotonic() + self._runtime.settings.drain_s
        else:
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Announces the service once its models are open; whether to stop."""
        if self._reload_is_asked:
            self._reload_is_asked = False
            self._runtime.request_reload()
        if self._runtime.state == "ready" and not self._announced:
            self._announced = True
            with suppress(OSError):  # where it cannot be written, as on a full disk
                print(f"Ready: {address_of(self._runtime.settings)}", flush=True)
            release_memory()
        if self._runtime.state == "broken" or time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(
    settings: Settings,
    listener: socket.socket,
    opener: Opener | None = None,
    new_generation: NewGeneration | None = None,
) -> int:
    """Serves until a signal stops it. The exit status is 1 if the models could not be opened.

    Args:
        settings: of the service.
        listener: a socket that listens.
        opener: a process that opens these models already.
        new_generation: what computes, see `Runtime`.
    """
    app = create_app(settings, opener, new_generation)
    runtime: Runtime = app.state.runtime
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast("type[LimitedProtocol]", partial(LimitedProtocol, limits=_limits(settings))),
        log_config=None,
        access_log=False,  # ReportMiddleware writes the line of a request
        server_header=False,
        proxy_headers=False,  # nothing asks for the address of a client
        backlog=BACKLOG,
        timeout_keep_alive=settings.keep_alive_s,
        lifespan="on",  # a failure there ends the process, where "auto" would go on without it
        ws="none",
        timeout_graceful_shutdown=math.ceil(settings.deadline_s) + 1,
    )
    server = Server(config, runtime)
    _interrupt_no_worker()
    signal.signal(signal.SIGHUP, server.handle_hangup)
    server.run(sockets=[listener])
    return 1 if runtime.state == "broken" else 0


def _interrupt_no_worker() -> None:
    """Lets this process wait for a tick of the scheduler where workers compute on every core.

    It then reads the requests and results of some milliseconds at once, and its code and theirs leave each
    other's caches alone for as long. Where a core is idle, it is woken as before.

    Source: sched(7), SCHED_BATCH.
    """
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # where a sandbox forbids it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _limits(settings: Settings) -> ConnectionLimits:
    """The limits of connections, as many of these as the process may have open files for."""
    n_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    n_connections = max(1, min(settings.max_connections, n_files - RESERVED_FILES))
    if n_connections < settings.max_connections:
        logger.warning("%d connections at most: the process may open %d files", n_connections, n_files)
    return ConnectionLimits(
        n_connections, settings.stall_timeout_s, settings.min_upload_bytes_per_s, settings.deadline_s
    )
