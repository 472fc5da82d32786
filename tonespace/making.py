"""How a sound was made, read out of the file that it came in.

The service writes the request that gives exactly this file into it, as ASCII JSON: a WAV has it in
its INFO chunk, FLAC, OGG and MP3 in a comment. None of the four breaks or recodes it, so it is found
by its first characters, without a library for each container.
"""

import json
from collections.abc import Mapping
from typing import Any

from tonespace.errors import NoMakingError

Making = Mapping[str, Any]

BEGINS = b'{"path":"/'
PATHS = frozenset({"/sample", "/generate", "/morph", "/reconstruct"})


def read_making(data: bytes) -> Making:
    """The request in a file: its path, its query or body, and what came of it.

    Raises:
        NoMakingError: there is none, or none that the service would have written.
    """
    start = data.find(BEGINS)
    if start < 0:
        raise NoMakingError
    try:
        making, _ = json.JSONDecoder().raw_decode(data[start:].decode("latin-1"))
    except (ValueError, RecursionError):
        raise NoMakingError from None
    request = making.get("query", making.get("body"))
    if making["path"] not in PATHS or not isinstance(request, dict):
        raise NoMakingError
    return dict(making)
