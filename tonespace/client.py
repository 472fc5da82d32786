"""A typed client of the service: `Client` answers, `AsyncClient` answers when awaited.

    with Client() as tonespace:
        drawn = tonespace.sample(seed=7, labels={"digit": "7"})
        replica = tonespace.reconstruct(Path("clip.wav"), labels={"speaker": "theo"})

Both have the verbs of `tonespace.requests`, with the same arguments.
"""

import functools
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

import httpx

from tonespace import requests
from tonespace.errors import ProblemError, UnexpectedAnswerError, UnreachableError
from tonespace.requests import Request

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_SERVER = "http://127.0.0.1:8000"
TIMEOUT_S = 60.0  # longer than a request may wait for its turn
PROBLEM = "application/problem+json"


class Verb(Generic[P, T]):
    """A method of both clients, made of the function that gives its request."""

    def __init__(self, request: Callable[P, Request[T]]) -> None:
        self._request = request

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        """The verb as a method of `client`."""

        @functools.wraps(self._request)
        def call(*args: P.args, **named: P.kwargs) -> Any:
            return client.send(self._request(*args, **named))

        return self if client is None else call


class Verbs:
    """What the service can be asked."""

    encode = Verb(requests.encode)
    reconstruct = Verb(requests.reconstruct)
    generate = Verb(requests.generate)
    generate_many = Verb(requests.generate_many)
    combine = Verb(requests.combine)
    sample = Verb(requests.sample)
    sample_many = Verb(requests.sample_many)
    morph = Verb(requests.morph)
    morph_steps = Verb(requests.morph_steps)
    again = Verb(requests.again)
    models = Verb(requests.models)
    model = Verb(requests.model)
    map = Verb(requests.map)


class Client(Verbs):
    """Answers when called; threads may share it, and `with` closes it."""

    def __init__(self, server: str = DEFAULT_SERVER, transport: httpx.BaseTransport | None = None) -> None:
        """Connects with the first verb.

        Args:
            server: its address.
            transport: another way to the service than the network.

        Raises:
            UnreachableError: `server` is no address.
        """
        self.server = server
        with _reaching(server):
            self._http = httpx.Client(base_url=server, timeout=TIMEOUT_S, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, request: Request[T]) -> T:
        """The answer to a request.

        Raises:
            UnreachableError, ProblemError, UnexpectedAnswerError: see `tonespace.errors`.
        """
        with _reaching(self.server):
            response = self._http.send(_built(self._http, request))
        return _answer(self.server, request, response)


class AsyncClient(Verbs):
    """Answers when awaited; `async with` closes it."""

    def __init__(
        self, server: str = DEFAULT_SERVER, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """As `Client`."""
        self.server = server
        with _reaching(server):
            self._http = httpx.AsyncClient(base_url=server, timeout=TIMEOUT_S, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, request: Request[T]) -> T:
        """As `Client.send`."""
        with _reaching(self.server):
            response = await self._http.send(_built(self._http, request))
        return _answer(self.server, request, response)


def _built(http: httpx.Client | httpx.AsyncClient, request: Request[T]) -> httpx.Request:
    headers = {"Accept": request.accept}
    return http.build_request(request.method, request.path, headers=headers, **request.options)


@contextmanager
def _reaching(server: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise UnreachableError(server, f"nothing came within {TIMEOUT_S:g} s") from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise UnreachableError(server, _reason(error)) from error


def _reason(error: Exception) -> str:
    """The cause without its number: `[Errno 111] Connection refused` -> `connection refused`."""
    text = re.sub(r"^\[Errno [^]]+\] ", "", str(error)).rstrip(".") or type(error).__name__
    return text[:1].lower() + text[1:]


def _answer(server: str, request: Request[T], response: httpx.Response) -> T:
    """What the service says, or why it does not."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    try:
        if response.is_success:
            return request.read(response)
        if media_type == PROBLEM:
            told = response.json()
            parts = (str(told[name]) for name in ("type", "title", "detail", "instance"))
            raise ProblemError(response.status_code, *parts)
    except (ValueError, KeyError, TypeError) as error:  # no JSON, or none of the contract
        raise UnexpectedAnswerError(server, response.status_code, media_type) from error
    raise UnexpectedAnswerError(server, response.status_code, media_type)
