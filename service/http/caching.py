"""How long a GET's answer may be kept, and whether the client has it already.

An entity tag is taken from all that decides the bytes, not from the bytes: whoever asks with the tag
is answered before anything is computed.
"""

import hashlib
import json
from typing import Any

import numpy as np
from fastapi import Response

from service import API_VERSION
from service.sound.autoencoder import RUNTIME_VERSION
from service.sound.store import Model

FOREVER = "public, max-age=31536000, immutable"  # RFC 8246
REVALIDATE = "no-cache"  # kept, but asked for again
NEVER = "no-store"


def entity_tag(model: Model, *determinants: Any) -> str:
    """The tag of what the model answers to `determinants`, which are JSON."""
    manifest = model.manifest
    software = [API_VERSION, RUNTIME_VERSION, np.__version__]
    told = json.dumps([manifest.model_dump(mode="json"), software, determinants], sort_keys=True)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def cache_headers(tag: str, asked_model: str | None, vary: str = "Accept") -> dict[str, str]:
    """For ever where the request names a version, else only after asking again."""
    pinned = "@" in (asked_model or "")
    return {"ETag": tag, "Cache-Control": FOREVER if pinned else REVALIDATE, "Vary": vary}


def not_modified(if_none_match: str | None, headers: dict[str, str]) -> Response | None:
    """The 304 where one of the client's tags is the current one.

    Source: RFC 9110, section 13.1.2: tags are compared weakly, `*` is any.
    """
    tags = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return Response(status_code=304, headers=headers) if tags & {"*", headers["ETag"]} else None
