"""Bodies in JSON, read strictly; each refusal has a reason."""

import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from service.http.errors import MalformedBodyError


def read_json(data: bytes) -> Any:
    """The value of a JSON text in which no object repeats a key.

    Raises:
        MalformedBodyError: no parser can read it.
        RequestValidationError: it is not JSON, or a key is repeated.
    """
    try:
        return json.loads(data, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _invalid(error.pos, f"This is not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"from byte {error.start} on it is not {error.encoding}") from error
    except RecursionError as error:
        raise MalformedBodyError("it is nested too deeply") from error
    except ValueError as error:
        if isinstance(error, RequestValidationError):
            raise
        limit = sys.get_int_max_str_digits()
        raise MalformedBodyError(f"a number in it has more than {limit} digits") from error


class JsonRoute(APIRoute):
    """A route whose body is read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            try:
                return await handle(_JsonRequest(request.scope, request.receive))
            except HTTPException as error:  # FastAPI's, for whatever a body cannot be read for
                raise error.__cause__ or error from None

        return handle_strictly


class _JsonRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _invalid(twice, "This key comes more than once in its object")
    return content


def _invalid(where: int | str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body", where), "msg": message}])
