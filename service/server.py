"""uvicorn with a farewell: SIGTERM is told by /health/ready before the port closes."""

import logging
import math
import os
import signal
import socket
import sys
import time
from types import FrameType

import uvicorn

from service.app import create_app
from service.http.protocol import Protocol
from service.runtime import Runtime
from service.settings import Settings

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """One worker that drains on SIGTERM, stops on a second one or on Ctrl-C, and gives up when broken."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._stop_at = math.inf  # time.monotonic()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Starts to drain; unlike uvicorn's, the signal is not raised again, so the exit status is 0."""
        if sig != signal.SIGTERM or self._runtime.state == "draining":
            super().handle_exit(sig, frame)
            return
        self._runtime.drain()
        self._stop_at = time.monotonic() + self._runtime.settings.drain_s

    async def on_tick(self, counter: int) -> bool:
        if self._runtime.state == "broken" or time.monotonic() >= self._stop_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(settings: Settings) -> int:
    """Serves until told to stop; the exit status, 1 where the port or the models could not be opened."""
    app = create_app(settings)
    runtime: Runtime = app.state.runtime
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Protocol,
        log_config=None,
        access_log=False,  # RequestIdMiddleware writes the line of a request
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=math.ceil(settings.deadline_s) + 1,
    )
    try:
        port = socket.create_server((settings.host, settings.port), family=_family(settings.host))
    except OSError as error:
        print(
            f"Cannot serve on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}.",
            file=sys.stderr,
        )
        return 1
    Server(config, runtime).run(sockets=[port])
    return 1 if runtime.state == "broken" else 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
