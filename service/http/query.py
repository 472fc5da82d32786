"""The query of a request, read into a model of the contract.

FastAPI can do this, parameter by parameter, at a third of the time that the whole request takes here.
"""

from functools import cache
from typing import Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from service.contract.queries import NoQuery

Query = TypeVar("Query", bound=BaseModel)

AGAIN = "This parameter comes more than once"


def read_query(request: Request, model: type[Query]) -> Query:
    """The query of a request.

    A parameter that is no list comes once: it would not be clear which of several seeds is meant.

    Raises:
        RequestValidationError: a parameter is repeated, unknown or not valid.
    """
    fields: dict[str, Any] = {}
    again: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name in _lists(model):
            fields.setdefault(name, []).append(value)
        elif name in fields:
            again.add(name)
        else:
            fields[name] = value
    if again:
        raise RequestValidationError([{"loc": ("query", name), "msg": AGAIN} for name in sorted(again)])
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from error


def check_no_query(request: Request) -> None:
    """Raise unless the request has no query.

    Raises:
        RequestValidationError: it has one.
    """
    read_query(request, NoQuery)


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """The parameters that may be repeated."""
    return frozenset(
        name for name, field in model.model_fields.items() if get_origin(field.annotation) is list
    )


def described(model: type[BaseModel], *headers: dict[str, Any]) -> dict[str, Any]:
    """What an operation's OpenAPI description has of its query, and of headers."""
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": schema,
            "description": schema["description"],
        }
        for name, schema in model.model_json_schema()["properties"].items()
    ]
    for parameter in parameters:
        if parameter["schema"].get("default", ...) is None:
            del parameter["schema"]["default"]
    return {"parameters": [*parameters, *headers]}
