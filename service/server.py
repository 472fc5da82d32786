"""uvicorn with an announced start and end: it prints when it is ready, and SIGTERM shows in /health/ready."""

import ipaddress
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
                print(f"Ready: {_address(self._runtime.settings)}", flush=True)
            release_memory()
        if self._runtime.state == "broken" or time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(
    settings: Settings, opener: Opener | None = None, new_generation: NewGeneration | None = None
) -> int:
    """Serves until a signal stops it. The exit status is 1 if the port or the models could not be opened.

    Args:
        settings: of the service.
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
    try:
        listener = _listen(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        print(f"Cannot serve on {_authority(settings.host, settings.port)}: {reason}.", file=sys.stderr)
        return 1
    server = Server(config, runtime)
    signal.signal(signal.SIGHUP, server.handle_hangup)
    server.run(sockets=[listener])
    return 1 if runtime.state == "broken" else 0


def _limits(settings: Settings) -> ConnectionLimits:
    """The limits of connections, as many of these as the process may have open files for."""
    n_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    n_connections = max(1, min(settings.max_connections, n_files - RESERVED_FILES))
    if n_connections < settings.max_connections:
        logger.warning("%d connections at most: the process may open %d files", n_connections, n_files)
    return ConnectionLimits(
        n_connections, settings.stall_timeout_s, settings.min_upload_bytes_per_s, settings.deadline_s
    )


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; on `::` it takes IPv4 too, whatever the system's default."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, dualstack_ipv6=both)


def _address(settings: Settings) -> str:
    """A URL that reaches the service from this machine."""
    try:
        everywhere = ipaddress.ip_address(settings.host).is_unspecified
    except ValueError:  # a name
        everywhere = False
    return f"http://{_authority('127.0.0.1' if everywhere else settings.host, settings.port)}"


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
