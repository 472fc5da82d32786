"""The check that no parameter of a query is repeated."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError

REPEATABLE = frozenset({"label"})  # every other parameter comes once


async def check_query(request: Request) -> None:
    """Raise unless each parameter comes once: it would not be clear which of several seeds is meant.

    Raises:
        RequestValidationError: a parameter is repeated.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    again = sorted({name for name in names if names.count(name) > 1} - REPEATABLE)
    if again:
        message = "This parameter comes more than once"
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in again])
