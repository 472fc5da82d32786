"""What every request costs around its handler: the middleware, by setting, in microseconds."""

import asyncio
import logging
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.app import create_app
from service.logs import configure_logs
from service.settings import Settings

N_REQUESTS, N_ROUNDS = 2000, 9
KEY = "a-key-for-the-benchmark"
HEADERS = ((b"host", b"x"), (b"accept", b"*/*"), (b"content-length", b"2"), (b"x-api-key", KEY.encode()))
CASES: Mapping[str, Mapping[str, Any]] = {
    "defaults": {},
    "no line for each request (`log_level=warning`)": {"log_level": "warning"},
    "JSON log": {"log_format": "json"},
    "one API key": {"api_keys": (KEY,)},
    "ten API keys": {"api_keys": (*(f"{KEY}-{i}" for i in range(9)), KEY)},
    "CORS": {"cors_origins": ("https://page.example",)},
}


class _Route:
    path = "/generate"


async def _handler(scope: Scope, receive: Receive, send: Send) -> None:
    scope["route"] = _Route
    await receive()
    headers = [(b"content-length", b"2"), (b"content-type", b"audio/wav")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def _receive() -> Message:
    return {"type": "http.request", "body": b"{}", "more_body": False}


async def _send(_: Message) -> None:
    pass


def _wrapped(settings: Settings) -> ASGIApp:
    """The handler in the middleware of the service."""
    wrapped: ASGIApp = _handler
    for middleware in reversed(create_app(settings).user_middleware):
        wrapped = middleware.cls(wrapped, *middleware.args, **middleware.kwargs)
    return wrapped


async def _round_us(app: ASGIApp) -> float:
    """Microseconds of processor time of one request, in the mean of a round."""
    began = time.process_time()
    for _ in range(N_REQUESTS):
        scope = {"type": "http", "method": "POST", "path": "/generate", "headers": list(HEADERS)}
        await app(scope | {"root_path": "", "query_string": b"", "state": {}}, _receive, _send)
    return 1e6 * (time.process_time() - began) / N_REQUESTS


def main() -> None:
    """Prints a table."""
    print("| settings | microseconds |\n|---|---|")
    bare_us = statistics.median(asyncio.run(_round_us(_handler)) for _ in range(N_ROUNDS))
    with Path(os.devnull).open("w") as nowhere:
        for name, chosen in CASES.items():
            settings = Settings(**chosen)
            logging.getLogger().handlers.clear()
            configure_logs(settings.log_format, settings.log_level)
            logging.getLogger().setLevel(settings.log_level.upper())
            (handler,) = logging.getLogger().handlers
            assert isinstance(handler, logging.StreamHandler)
            handler.setStream(nowhere)
            app = _wrapped(settings)
            took_us = statistics.median(asyncio.run(_round_us(app)) for _ in range(N_ROUNDS))
            print(f"| {name} | {took_us - bare_us:.0f} |")


if __name__ == "__main__":
    main()
