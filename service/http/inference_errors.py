"""Failures as the Open Inference Protocol writes them."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import MEDIA_TYPE
from service.http.raw_headers import route_path

PATHS = "/v2"
PROBLEM = (b"content-type", MEDIA_TYPE.encode())
REPLACED = frozenset({b"content-type", b"content-length"})


class InferenceErrorsMiddleware:
    """Turns every problem of a path below /v2 into `{"error": ...}`, with the same status and headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not f"{route_path(scope)}/".startswith(f"{PATHS}/"):
            await self._app(scope, receive, send)
            return
        start: Message | None = None  # of a problem, whose body comes next

        async def send_error(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and PROBLEM in message["headers"]:
                start = message
                return
            if start:
                await send({**start, "headers": _headers(start, body := _error(message["body"]))})
                message, start = {**message, "body": body}, None
            await send(message)

        await self._app(scope, receive, send_error)


def _error(problem: bytes) -> bytes:
    """The body of the protocol; empty after HEAD, to which the problem has none."""
    return problem and json.dumps({"error": json.loads(problem)["detail"]}).encode()


def _headers(start: Message, body: bytes) -> list[tuple[bytes, bytes]]:
    kept = [header for header in start["headers"] if header[0] not in REPLACED]
    length = [(b"content-length", str(len(body)).encode())] if body else []
    return [*kept, (b"content-type", b"application/json"), *length]
