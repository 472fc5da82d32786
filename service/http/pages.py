"""The pages `/` and `/docs` and their files below `/web/`, read once; they load nothing from other hosts."""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, HTTPException, Response

from service.http.caching import REVALIDATE, not_modified
from service.http.negotiation import accepts_gzip

WEB = Path(__file__).parents[1] / "web"
VIEWER = Path(str(files("fastapi_swagger") / "resources"))
VIEWER_FILES = (VIEWER / "swagger-ui.css", VIEWER / "swagger-ui-bundle.js")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
POLICIES = {  # of files that need their own
    "docs.html": POLICY.replace(
        "img-src 'self'", "img-src 'self' blob: data:; media-src blob:"
    )  # shows answers
}
JSDOC = re.compile(rb"/\*\*.*?\*/", re.DOTALL)
INDENT = re.compile(rb"\n\s+")
HEADERS = {
    "Cache-Control": REVALIDATE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Vary": "Accept-Encoding",
}


class PageFile(NamedTuple):
    """One file as it is sent: modules without JSDoc and indentation, which are a third of their bytes."""

    content: bytes
    zipped: bytes
    media_type: str
    digest: str


router = APIRouter(include_in_schema=False)
IfNoneMatch = Annotated[str | None, Header()]
AcceptEncoding = Annotated[str | None, Header()]


@router.api_route("/", methods=["GET", "HEAD"])
async def page(if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = None) -> Response:
    """The page."""
    return _answer("index.html", if_none_match, accept_encoding)


@router.api_route("/docs", methods=["GET", "HEAD"])
async def docs(if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = None) -> Response:
    """The page that shows the OpenAPI document."""
    return _answer("docs.html", if_none_match, accept_encoding)


@router.api_route("/web/{name:path}", methods=["GET", "HEAD"])
async def page_file(
    name: str, if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = None
) -> Response:
    """One of the pages' files; any other name is a 404."""
    return _answer(name, if_none_match, accept_encoding)


@cache
def page_files() -> dict[str, PageFile]:
    """Every file of the pages by name. Other names never reach the disk."""
    ours = {path.relative_to(WEB).as_posix(): path for path in sorted(WEB.rglob("*.*"))}
    found = {**ours, **{path.name: path for path in VIEWER_FILES}}
    return {name: _read(path) for name, path in found.items() if path.suffix in TYPES}


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    if path.is_relative_to(WEB) and path.suffix == ".js":
        content = INDENT.sub(b"\n", JSDOC.sub(b"", content))
    digest = hashlib.sha256(content).hexdigest()[:32]
    return PageFile(content, gzip.compress(content, mtime=0), TYPES[path.suffix], digest)


def _answer(name: str, if_none_match: str | None, accept_encoding: str | None) -> Response:
    file = page_files().get(name)
    if file is None:
        raise HTTPException(404)
    zipped = accepts_gzip(accept_encoding)
    headers = {**HEADERS, "Content-Security-Policy": POLICIES.get(name, POLICY)}
    headers["ETag"] = f'"{file.digest}{"-gzip" * zipped}"'
    if known := not_modified(if_none_match, headers):
        return known
    if zipped:
        return Response(
            file.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type
        )
    return Response(file.content, headers=headers, media_type=file.media_type)
