"""Methods of the clients, made of the functions that give their requests: each verb is written once."""

import functools
import inspect
import typing
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from tonespace.requests import Request

P = ParamSpec("P")
T = TypeVar("T")


class Sends(Protocol):
    """A client that returns answers."""

    def send(self, request: Request[T]) -> T: ...


class SendsLater(Protocol):
    """A client that returns answers when awaited."""

    async def send(self, request: Request[T]) -> T: ...


def blocking(request_of: Callable[P, Request[T]]) -> Callable[Concatenate[Any, P], T]:
    """Returns the method that sends this request and returns its answer."""

    @functools.wraps(request_of)
    def method(client: Sends, /, *args: P.args, **options: P.kwargs) -> T:
        return client.send(request_of(*args, **options))

    _set_signature(method, request_of)
    return method


def awaited(request_of: Callable[P, Request[T]]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """As `blocking`, for a client that is awaited."""

    @functools.wraps(request_of)
    async def method(client: SendsLater, /, *args: P.args, **options: P.kwargs) -> T:
        return await client.send(request_of(*args, **options))

    _set_signature(method, request_of)
    return method


def _set_signature(method: Any, request_of: Callable[..., Any]) -> None:
    """Gives a method the signature that `help` shows: every option by its name, and the answer's type."""
    signature = inspect.signature(request_of)
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for parameter in signature.parameters.values():
        parameters += _options(parameter) if parameter.kind is parameter.VAR_KEYWORD else [parameter]
    (answer,) = typing.get_args(signature.return_annotation)
    method.__signature__ = inspect.Signature(parameters, return_annotation=answer)


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """`**options: Unpack[...]` as one parameter for each option."""
    (options,) = typing.get_args(parameter.annotation)
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in typing.get_type_hints(options).items()
    ]
