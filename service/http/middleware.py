"""What every request passes: its id, its line in the log, the limit of its body, and unforeseen errors."""

import logging
import os
import re
import time
from collections.abc import Iterable

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.errors import BodyTooLargeError
from service.http.problems import INTERNAL_ERROR, REQUEST_ID_HEADER, error_response, problem_response
from service.http.raw_headers import header
from service.logs import request_id as current_request_id
from service.metrics import IN_FLIGHT, request_duration

logger = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID_FIELD = REQUEST_ID_HEADER.lower().encode()  # as ASGI writes it
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LISTS = frozenset({b"accept", b"accept-encoding", b"if-none-match"})
LINE = "%(method)s %(path)s %(status)d in %(duration_ms).1f ms, request %(request_id)s"
CLIENT_LEFT = 499  # in the log alone: nobody is there to be answered
INTERNAL_ERROR_DETAIL = "The cause is in the service's log under this request id."


class RequestIdMiddleware:
    """Gives every request an id, the client's if that is valid."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        current_request_id.set(request_id)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (REQUEST_ID_FIELD, request_id.encode())]
            await send(message)

        await self._app(scope, receive, send_with_id)


class ReportMiddleware:
    """Counts and logs every request, and turns unforeseen errors into a 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        IN_FLIGHT.inc()

        async def receive_until_left() -> Message:
            nonlocal status
            message = await receive()
            if message["type"] == "http.disconnect":
                status = status or CLIENT_LEFT
            return message

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = status or message["status"]
            await send(message)

        try:
            await self._app(scope, receive_until_left, send_and_note)
        except ClientDisconnect:
            status = CLIENT_LEFT
        except Exception:  # the last boundary: every foreseen error is handled below it
            logger.exception("request %s failed", scope["state"]["request_id"])
            if status:
                raise  # a part of the answer is sent: the server has to close the connection
            await _internal_error(scope)(scope, receive, send_and_note)
        finally:
            IN_FLIGHT.dec()
            took_s = time.perf_counter() - began
            request_duration(_method(scope), _route(scope), status).observe(took_s)
        _log(scope, status, took_s)


class FieldsMiddleware:
    """Other ways to write a request in HTTP: HEAD instead of GET, and a list in several header lines.

    Source: RFC 9110, sections 9.3.2 and 5.3.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["headers"] = _joined(scope["headers"])
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        headers = [header for header in scope["headers"] if header[0] != b"range"]  # RFC 9110, section 14.2
        as_get = {**scope, "method": "GET", "headers": headers}  # a copy: the server knows that no body comes
        try:
            await self._app(as_get, receive, send_head)
        finally:
            scope["route"] = as_get.get("route")  # for the metrics


class BodyLimitMiddleware:
    """Refuses a body that declares or sends more bytes than the limit."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app, self._limit_bytes = app, limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        n_bytes, n_declared = 0, int(header(scope, b"content-length") or 0)

        async def limited_receive() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._limit_bytes:
                raise BodyTooLargeError(self._limit_bytes)
            return message

        async def limited_send(message: Message) -> None:
            if n_bytes <= self._limit_bytes:  # else a parser above may call it a broken body
                await send(message)

        if n_declared <= self._limit_bytes:
            await self._app(scope, limited_receive, limited_send)
        if max(n_bytes, n_declared) > self._limit_bytes:
            answer = error_response(BodyTooLargeError(self._limit_bytes), scope["state"]["request_id"])
            await answer(scope, receive, send)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with each list joined to one line."""
    lists: dict[bytes, list[bytes]] = {}
    others = []
    for name, value in headers:
        if name in LISTS:
            lists.setdefault(name, []).append(value)
        else:
            others.append((name, value))
    return [*others, *((name, b", ".join(values)) for name, values in lists.items())]


def _internal_error(scope: Scope) -> Response:
    return problem_response(INTERNAL_ERROR, INTERNAL_ERROR_DETAIL, scope["state"]["request_id"])


def _log(scope: Scope, status: int, took_s: float) -> None:
    """Writes one line for a request. No path can forge another line."""
    path = scope["path"].encode("unicode_escape").decode("ascii")
    fields = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "duration_ms": round(1000 * took_s, 1),
        "request_id": scope["state"]["request_id"],
    }
    logger.info(LINE, fields, extra=fields)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "_OTHER"  # as OpenTelemetry writes it


def _route(scope: Scope) -> str:
    """The path as the contract writes it, so that no client can create new metrics."""
    return getattr(scope.get("route"), "path", "none")


def _request_id(scope: Scope) -> str:
    sent = header(scope, REQUEST_ID_FIELD)
    return sent if REQUEST_ID.fullmatch(sent) else os.urandom(16).hex()
