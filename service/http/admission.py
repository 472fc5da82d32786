"""Refusals of requests for sounds while the queue is full.

A refusal costs next to nothing: it comes before routing and validation, and is counted instead of logged. It
is held back a little, so that clients that ask again at once leave the processor to those that are answered.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.problems import error_response
from service.http.raw_headers import route_path
from service.metrics import REFUSED
from service.pool.work_queue import WorkQueue

QUEUED_PATHS = frozenset(
    {"/encode", "/reconstruct", "/generate", "/sample", "/morph", "/instrument", "/perform"}
)
HELD_BACK_S = 0.2


class AdmissionMiddleware:
    """Refuses requests that would find the queue full."""

    def __init__(self, app: ASGIApp, queue: WorkQueue, status: int) -> None:
        self._app, self._queue, self._status = app, queue, status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._queue.full or scope["type"] != "http" or not _is_queued(scope):
            await self._app(scope, receive, send)
            return
        refusal = self._queue.refusal()
        REFUSED.inc()
        await asyncio.sleep(HELD_BACK_S)
        answer = error_response(refusal, scope["state"]["request_id"], self._status)
        await answer(scope, receive, send)


def _is_queued(scope: Scope) -> bool:
    path = route_path(scope)
    return path in QUEUED_PATHS or (path.startswith("/v2/models/") and path.endswith("/infer"))
