"""The recipe of a sound: the request that gives exactly this file, read out of the file itself.

The service writes it as ASCII JSON: into the INFO chunk of a WAV, into a comment of FLAC, OGG and MP3.
None of the four breaks or recodes it, so it is found by its first characters, without a library for each
container.
"""

import json
from collections.abc import Mapping
from typing import Any

from tonespace.errors import NoRecipeError

Recipe = Mapping[str, Any]

BEGINS = b'{"path":"/'
PATHS = frozenset({"/sample", "/generate", "/morph", "/reconstruct"})


def read_recipe(data: bytes) -> Recipe:
    """Returns the request in a file: its path, its query or body, and facts of the result.

    Raises:
        NoRecipeError: there is none, or none that the service would have written.
    """
    start = data.find(BEGINS)
    if start < 0:
        raise NoRecipeError
    try:
        recipe, _ = json.JSONDecoder().raw_decode(data[start:].decode("latin-1"))
    except (ValueError, RecursionError):
        raise NoRecipeError from None
    request = recipe.get("query", recipe.get("body"))
    if recipe["path"] not in PATHS or not isinstance(request, dict):
        raise NoRecipeError
    return dict(recipe)
