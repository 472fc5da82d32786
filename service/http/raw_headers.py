"""Headers of a request as ASGI writes them: `starlette.Headers` costs more than what its readers here do."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """The value of the first header of this name, in lower case; empty where there is none."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return ""
