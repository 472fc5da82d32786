"""The service in this process, without a socket: the same application, so the same bytes."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tonespace.client import Client
from tonespace.errors import LocalServiceError, NotInstalledError

CHECKOUT = Path(__file__).parents[1]
ADDRESS = "http://this-process"
NO_KEYS = {"api_keys": (), "api_keys_file": None}  # whatever the environment sets for a server
DEFAULTS: dict[str, Any] = {"workers": 1, "log_level": "error"}  # of one command
MISSING = NotInstalledError(
    "The service", "--local works in a clone of the repository, where `make cli` installs what it needs"
)


class LocalTransport(httpx.BaseTransport):
    """Hands requests to an application that runs in a thread of its own."""

    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._portal = portal
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end."""
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        body = b"".join([part async for part in answer.aiter_raw()])  # compressed as it came
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@contextmanager
def open_local(**settings: Any) -> Iterator[Client]:
    """A client of the service in this process, its models open.

    Args:
        settings: settings of the service, beside those in TONESPACE_* environment variables.

    Raises:
        NotInstalledError: the service, or what it needs, is not installed.
        LocalServiceError: the settings are wrong or the models cannot be opened.
    """
    try:
        from pydantic import ValidationError

        from service.app import create_app
        from service.settings import Settings, invalid_settings
    except ModuleNotFoundError as error:
        raise MISSING from error
    logging.getLogger("service").addHandler(logging.NullHandler())  # what goes wrong is raised
    try:
        app = create_app(Settings(**(DEFAULTS | default_models_dir() | NO_KEYS | settings)))
    except ValidationError as error:
        raise LocalServiceError("; ".join(invalid_settings(error))) from error
    runtime = app.state.runtime
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        Client(ADDRESS, transport=LocalTransport(app, portal)) as client,
    ):
        portal.call(runtime.settled)
        if runtime.cause:
            raise LocalServiceError(str(runtime.cause))
        yield client


def default_models_dir() -> dict[str, Any]:
    """The checkout's models as a setting, unless the environment or this folder has others."""
    if "TONESPACE_MODELS_DIR" in os.environ or Path("models").is_dir():
        return {}
    return {"models_dir": CHECKOUT / "models"}
