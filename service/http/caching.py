"""How long the answer of a GET may be kept, and whether the client has it already.

An entity tag is computed from everything that determines the bytes, not from the bytes. A client that sends
a current tag is answered before anything is computed.
"""

import hashlib
import json

from fastapi import Response

from service.contract.tasks import OpenModel

FOREVER = "public, max-age=31536000, immutable"  # RFC 8246
REVALIDATE = "no-cache"  # kept, but asked for again
NEVER = "no-store"
ANY = "*"  # in If-None-Match: whatever tag the answer has


def entity_tag(model: OpenModel, *determinants: str | bool) -> str:
    """The tag of the model's answer to `determinants`."""
    text = json.dumps([model.fingerprint, *determinants])
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def cache_headers(tag: str, asked_model: str | None, vary: str = "Accept") -> dict[str, str]:
    """Headers that let the answer be kept for ever if the request names a version, else until it changes."""
    pinned = "@" in (asked_model or "")
    return {"ETag": tag, "Cache-Control": FOREVER if pinned else REVALIDATE, "Vary": vary}


def not_modified(if_none_match: str | None, headers: dict[str, str]) -> Response | None:
    """A 304 if one of the client's tags is the current one, else None.

    Source: RFC 9110, section 13.1.2: tags are compared weakly, and an answer may have any.
    """
    tags = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return Response(status_code=304, headers=headers) if tags & {ANY, headers["ETag"]} else None
