"""API keys: where the operator has set some, requests without a valid one are refused."""

import hashlib
import hmac
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.errors import InvalidKeyError
from service.http.problems import error_response
from service.http.raw_headers import header, route_path

BEARER = "bearer "
# Probes have no key, and a browser sends none when it opens a page. These answers are the same for everyone.
OPEN_PATHS = frozenset(
    {"/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/", "/docs", "/openapi.json"}
)
OPEN_FOLDER = "/web/"
OPERATORS_FOLDER = "/admin/"


class ApiKeyMiddleware:
    """Refuses a request without one of the keys before its body is read.

    A key is sent as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Every key is compared, by its digest,
    so that the time of an answer says nothing about any of them. Without keys, only the paths of operators
    are refused.
    """

    def __init__(self, app: ASGIApp, keys: Iterable[str]) -> None:
        self._app = app
        self._digests = [_digest(key) for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(route_path(scope)) or self._is_known(_sent_key(scope)):
            await self._app(scope, receive, send)
            return
        answer = error_response(InvalidKeyError(bool(self._digests)), scope["state"]["request_id"])
        await answer(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        if not self._digests:
            return not path.startswith(OPERATORS_FOLDER)
        return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)

    def _is_known(self, key: str) -> bool:
        sent, known = _digest(key), False
        for digest in self._digests:
            known |= hmac.compare_digest(sent, digest)
        return known


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _sent_key(scope: Scope) -> str:
    authorization = header(scope, b"authorization")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip()
    return header(scope, b"x-api-key").strip()
