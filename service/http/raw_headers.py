"""Headers and path of a request as ASGI writes them: Starlette's objects cost more than what is done here."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """The value of the first header of this name, in lower case; empty where there is none."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return ""


def route_path(scope: Scope) -> str:
    """The path of a request without the prefix of a proxy."""
    path: str = scope["path"]
    prefix = scope.get("root_path", "")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
