"""A typed client of the service: `Client` returns answers, `AsyncClient` returns them when awaited.

    with Client() as tonespace:
        seven = tonespace.sample(seed=7, labels={"digit": "7"})
        replica = tonespace.reconstruct("clip.wav", labels={"speaker": "theo"})
        replica.save("replica.wav")

Both have the verbs of `tonespace.requests`, with the same arguments.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self, TypeVar

import httpx
from httpx_retries import RetryTransport

from tonespace import requests
from tonespace.connection import Connection, built, retries_of
from tonespace.environment import key_header
from tonespace.methods import awaited, blocking
from tonespace.requests import Request

T = TypeVar("T")

TIMEOUT_S = 60.0  # longer than a request may wait for its turn
RETRIES = 2


class Client:
    """The verbs of a service; threads may share a client, and `with` closes it.

    A clip is the bytes of a whole audio file, its path, or the file opened with "rb". A point is a list of
    numbers, as `encode(...).z_mean` is. Sounds and other answers have `.save(path)`.
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        headers: Mapping[str, str] | None = None,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connects with the first request.

        Args:
            server: address of the service, default TONESPACE_SERVER, else http://127.0.0.1:8000.
            timeout: seconds to wait for an answer.
            headers: sent with every request; the key in TONESPACE_KEY is, too.
            retries: how often a request is sent again when the service is busy or the connection breaks;
                Retry-After decides when.
            transport: another way to the service than the network.

        Raises:
            UnreachableError: `server` is no address.
            EnvironmentSettingError: the environment names a proxy or certificates that cannot be used.
        """
        self._connection = Connection(server, timeout)
        self.server = self._connection.server
        with self._connection.failures():
            self._http = httpx.Client(
                transport=RetryTransport(
                    transport or httpx.HTTPTransport(**self._connection.network()), retries_of(retries)
                ),
                base_url=self.server,
                timeout=timeout,
                headers={**key_header(), **(headers or {})},
            )

    encode = blocking(requests.encode)
    reconstruct = blocking(requests.reconstruct)
    generate = blocking(requests.generate)
    generate_many = blocking(requests.generate_many)
    combine = blocking(requests.combine)
    sample = blocking(requests.sample)
    sample_many = blocking(requests.sample_many)
    morph = blocking(requests.morph)
    morph_steps = blocking(requests.morph_steps)
    again = blocking(requests.again)
    instrument = blocking(requests.instrument)
    perform = blocking(requests.perform)
    models = blocking(requests.models)
    model = blocking(requests.model)
    map = blocking(requests.map)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def send(self, request: Request[T]) -> T:
        """Returns the answer to a request of `tonespace.requests`.

        Raises:
            UnreachableError, ProblemError, UnexpectedAnswerError: see `tonespace.errors`.
        """
        with self._connection.failures():
            response = self._http.send(built(self._http, request))
        return self._connection.answer(request, response)

    @contextmanager
    def parts(self, request: Request[T]) -> Iterator[tuple[httpx.Headers, Iterator[bytes]]]:
        """The headers and the bytes of an answer that is not kept in memory, as they arrive.

        Raises:
            UnreachableError, ProblemError, UnexpectedAnswerError: see `tonespace.errors`.
        """
        with self._connection.failures():
            response = self._http.send(built(self._http, request), stream=True)
            try:
                if not response.is_success:
                    response.read()
                    self._connection.answer(request, response)
                yield response.headers, response.iter_bytes()
            finally:
                response.close()


class AsyncClient:
    """As `Client`, with verbs that are awaited; `async with` closes it."""

    def __init__(
        self,
        server: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        headers: Mapping[str, str] | None = None,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """As `Client`."""
        self._connection = Connection(server, timeout)
        self.server = self._connection.server
        with self._connection.failures():
            self._http = httpx.AsyncClient(
                transport=RetryTransport(
                    transport or httpx.AsyncHTTPTransport(**self._connection.network()), retries_of(retries)
                ),
                base_url=self.server,
                timeout=timeout,
                headers={**key_header(), **(headers or {})},
            )

    encode = awaited(requests.encode)
    reconstruct = awaited(requests.reconstruct)
    generate = awaited(requests.generate)
    generate_many = awaited(requests.generate_many)
    combine = awaited(requests.combine)
    sample = awaited(requests.sample)
    sample_many = awaited(requests.sample_many)
    morph = awaited(requests.morph)
    morph_steps = awaited(requests.morph_steps)
    again = awaited(requests.again)
    instrument = awaited(requests.instrument)
    perform = awaited(requests.perform)
    models = awaited(requests.models)
    model = awaited(requests.model)
    map = awaited(requests.map)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def send(self, request: Request[T]) -> T:
        """As `Client.send`."""
        with self._connection.failures():
            response = await self._http.send(built(self._http, request))
        return self._connection.answer(request, response)
