"""The page: `/` and the files below `/web/`, read once, told exactly, nothing loaded from elsewhere."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, HTTPException, Response

WEB = Path(__file__).parent / "web"
START = "index.html"
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
HEADERS = {
    "Cache-Control": "no-cache",  # kept, and asked for again: an unchanged file costs a 304
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageFile(NamedTuple):
    """One file as it is sent."""

    content: bytes
    media_type: str
    etag: str


router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """The page."""
    return _answer(START, if_none_match)


@router.api_route("/web/{name:path}", methods=["GET", "HEAD"])
async def page_file(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """One of the page's files; any other name is not found, whatever it spells."""
    return _answer(name, if_none_match)


@cache
def page_files() -> dict[str, PageFile]:
    """Name -> file, of every file of the page: a name that is no key reaches no disk."""
    return {path.name: _read(path) for path in sorted(WEB.iterdir()) if path.suffix in TYPES}


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(content, TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _answer(name: str, if_none_match: str | None) -> Response:
    file = page_files().get(name)
    if file is None:
        raise HTTPException(404)
    headers = {**HEADERS, "ETag": file.etag}
    held = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if file.etag in held or "*" in held:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
