"""The way to a service, for both clients: its address, what is tried again, and how a failure is reported."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from httpx_retries import Retry

from tonespace.environment import address_of, certificates_for, proxy_to, server_or_default
from tonespace.errors import ProblemError, UnexpectedAnswerError, UnreachableError
from tonespace.requests import Request

T = TypeVar("T")

LONGEST_WAIT_S = 30.0  # between two tries, whatever Retry-After says
PROBLEM = "application/problem+json"


class Connection:
    """One service, and the words for what goes wrong on the way to it."""

    def __init__(self, server: str | None, timeout_s: float) -> None:
        self.server = server_or_default(server)
        self._name = self.server
        self._timeout_s = timeout_s

    def network(self) -> dict[str, Any]:
        """Returns the options of an httpx transport: the proxy and the certificates of the environment.

        Raises:
            EnvironmentSettingError: they cannot be used.
        """
        proxy = proxy_to(self.server)
        if proxy:
            self._name = f"{self.server} through the proxy {address_of(proxy)}"
        return {"proxy": proxy, "verify": certificates_for(self.server), "trust_env": False}

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Raises what goes wrong on the way as UnreachableError."""
        try:
            yield
        except httpx.TimeoutException:
            raise UnreachableError(self._name, f"nothing came within {self._timeout_s:g} s") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise UnreachableError(self._name, _reason(error)) from error

    def answer(self, request: Request[T], response: httpx.Response) -> T:
        """Returns what the service answers.

        Raises:
            ProblemError: it refuses.
            UnexpectedAnswerError: this is not the service.
        """
        media_type = response.headers.get("Content-Type", "").partition(";")[0]
        try:
            if response.is_success:
                return request.read(response)
            if media_type == PROBLEM:
                problem = response.json()
                parts = (str(problem[name]) for name in ("type", "title", "detail", "instance"))
                raise ProblemError(response.status_code, *parts)
        except (ValueError, KeyError, TypeError) as error:  # no JSON, or none of the contract
            raise UnexpectedAnswerError(self._name, response.status_code, media_type) from error
        raise UnexpectedAnswerError(self._name, response.status_code, media_type)


def retries_of(limit: int) -> Retry:
    """Returns which failures are tried again: 429, 502, 503, 504 and a connection that breaks.

    Every request is safe to repeat: the service stores nothing. An address where nobody listens is not tried
    again, nor is a request that timed out.
    """
    return Retry(
        total=limit,
        allowed_methods=["GET", "POST"],
        retry_on_exceptions=[httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError],
        backoff_factor=0.25,
        max_backoff_wait=LONGEST_WAIT_S,
    )


def built(http: httpx.Client | httpx.AsyncClient, request: Request[T]) -> httpx.Request:
    """Returns a request as httpx sends it."""
    headers = {"Accept": request.accept}
    return http.build_request(request.method, request.path, headers=headers, **request.options)


def _reason(error: Exception) -> str:
    """The cause without its number: `[Errno 111] Connection refused` -> `connection refused`."""
    text = re.sub(r"^\[Errno [^]]+\] ", "", str(error)).rstrip(".") or type(error).__name__
    return text[:1].lower() + text[1:]
