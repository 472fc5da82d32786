"""A full queue is answered with the status that the service is set to."""

import anyio
import httpx
import pytest
from fastapi import FastAPI

from service.app import create_app
from service.errors import QueueFullError
from service.http.middleware import RequestIdMiddleware
from service.http.problems import add_problem_handlers
from service.settings import Settings


@pytest.mark.parametrize("status", [503, 429])
def test_busy_is_503_or_429_and_says_when_to_try_again(status, refused, monkeypatch):
    monkeypatch.setenv("TONESPACE_BUSY_STATUS", str(status))
    app = FastAPI()
    add_problem_handlers(app, Settings().busy_status)
    app.add_middleware(RequestIdMiddleware)

    @app.get("/full")
    async def full():
        raise QueueFullError(3)

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
            return await http.get("/full")

    answer = anyio.run(ask)
    refused(answer, status, "queue-full")
    assert int(answer.headers["retry-after"]) >= 1


def test_the_contract_declares_both():
    paths = create_app(Settings()).openapi()["paths"]
    for path in ("/encode", "/reconstruct", "/generate", "/sample", "/morph"):
        for operation in paths[path].values():
            assert {"429", "503"} <= operation["responses"].keys()
