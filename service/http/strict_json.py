"""Bodies in JSON, read strictly; each refusal has a reason."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from service.http.errors import MalformedBodyError


def invalid(place: Sequence[int | str], message: str) -> RequestValidationError:
    """The error of a body that is not valid at one place."""
    return RequestValidationError([{"loc": place, "msg": message}])


def read_json(data: bytes) -> Any:
    """The value of a JSON text in which no object repeats a key.

    Raises:
        MalformedBodyError: no parser can read it.
        RequestValidationError: it is not JSON, or a key is repeated.
    """
    repeated: list[tuple[Any, str]] = []  # objects, each with its first key that comes more than once

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.append((content, next(key for key in counts if counts[key] > 1)))
        return content

    try:
        value = json.loads(data, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"body, character {error.pos + 1}"
        raise invalid([place], f"This is not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"from byte {error.start} on it is not {error.encoding}") from error
    except RecursionError as error:
        raise MalformedBodyError("it is nested too deeply") from error
    except ValueError as error:
        limit = sys.get_int_max_str_digits()
        raise MalformedBodyError(f"a number in it has more than {limit} digits") from error
    if repeated:
        content, key = repeated[-1]  # the last one lies in no other whose repeated key dropped it
        raise invalid(["body", *_path(value, content), key], "This key comes more than once in its object")
    return value


def _path(root: Any, part: Any) -> list[int | str]:
    """The keys and indices that lead from a JSON value to an object in it."""
    value, way = root, ()
    waiting: list[tuple[Any, Any]] = []  # values, each with (the way to what holds it, its key)
    while value is not part:
        items = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        waiting.extend((inner, (way, key)) for key, inner in items)
        value, way = waiting.pop()
    keys: list[int | str] = []
    while way:
        way, key = way
        keys.insert(0, key)
    return keys
