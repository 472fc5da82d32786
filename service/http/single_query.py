"""A query that says each thing once."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError

REPEATABLE = frozenset({"label"})  # every other parameter comes once


def check_query(request: Request) -> None:
    """Passes only a query that says each thing once; of several seeds none would be the one meant.

    Raises:
        RequestValidationError: a parameter comes again.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    again = sorted({name for name in names if names.count(name) > 1} - REPEATABLE)
    if again:
        told = "This parameter comes more than once"
        raise RequestValidationError([{"loc": ("query", name), "msg": told} for name in again])
