"""Every verb as the request that it sends, and how the answer is read; no connection in here."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, Unpack
from urllib.parse import quote

import httpx

from tonespace import answers
from tonespace.answers import Encoded, Map, Model, Sound
from tonespace.errors import MissingUploadError, OtherUploadError
from tonespace.forms import Clip, Draw, End, Place, Term, Tone, Walk, Z
from tonespace.making import Making

T = TypeVar("T")

JSON, AUDIO = "application/json", "audio/*"


class Request(NamedTuple, Generic[T]):
    """What a verb sends, and how its answer is read."""

    read: Callable[[httpx.Response], T]
    method: str
    path: str
    options: Mapping[str, Any] = {}
    accept: str = JSON


def encode(clip: Clip, *, model: str | None = None) -> Request[Encoded]:
    """The coordinates of a clip."""
    return Request(answers.encoded_of, "POST", "/encode", _query(model=model) | {"content": _bytes(clip)})


def reconstruct(clip: Clip, **tone: Unpack[Tone]) -> Request[Sound]:
    """A clip, encoded and decoded again; labels change its tone."""
    return Request(answers.sound_of, "POST", "/reconstruct", _query(**tone) | {"content": _bytes(clip)})


def generate(z: Z, **place: Unpack[Place]) -> Request[Sound]:
    """The sound at a point."""
    return Request(answers.sound_of, "POST", "/generate", _json(z=z, **place))


def generate_many(zs: Sequence[Z], **place: Unpack[Place]) -> Request[list[Sound]]:
    """The sounds at up to 64 points, in order."""
    return Request(answers.sounds_of, "POST", "/generate", _json(z=zs, **place))


def combine(terms: Sequence[Term], **place: Unpack[Place]) -> Request[Sound]:
    """The sound at a weighted sum of points and clips."""
    told = [{"weight": weight, **_point(what)} for weight, what in terms]
    return Request(answers.sound_of, "POST", "/generate", _json(z={"terms": told}, **place))


def sample(**draw: Unpack[Draw]) -> Request[Sound]:
    """A draw; the same seed gives the same bytes."""
    return Request(answers.sound_of, "GET", "/sample", _query(**draw))


def sample_many(n: int, **draw: Unpack[Draw]) -> Request[list[Sound]]:
    """From 2 to 64 draws: those of seed, seed + 1, and so on."""
    return Request(answers.sounds_of, "GET", "/sample", _query(n=n, **draw))


def morph(start: End, end: End, *, steps: int = 8, **walk: Unpack[Walk]) -> Request[Sound]:
    """One sound that walks from one point or clip to another."""
    body = {"from": _point(start), "to": _point(end), "steps": steps, **walk}
    return Request(answers.file_of, "POST", "/morph", _json(**body), AUDIO)


def morph_steps(start: End, end: End, *, steps: int = 8, **walk: Unpack[Walk]) -> Request[list[Sound]]:
    """The steps of that walk, each a sound of its own."""
    return Request(answers.sounds_of, "POST", "/morph", morph(start, end, steps=steps, **walk).options)


def again(making: Making, *, upload: Clip | None = None) -> Request[Sound]:
    """The file that a making, of `read_making`, is of; a replica is made again from its upload."""
    if "body" in making:
        return Request(answers.file_of, "POST", making["path"], {"json": making["body"]}, AUDIO)
    if "upload_sha256" not in making:
        return Request(answers.file_of, "GET", making["path"], {"params": making["query"]}, AUDIO)
    if upload is None:
        raise MissingUploadError(making["upload_sha256"])
    content = _bytes(upload)
    if (actual := hashlib.sha256(content).hexdigest()) != making["upload_sha256"]:
        raise OtherUploadError(actual, making["upload_sha256"])
    options = {"params": making["query"], "content": content}
    return Request(answers.file_of, "POST", making["path"], options, AUDIO)


def models() -> Request[list[Model]]:
    """Every model and version."""
    return Request(answers.models_of, "GET", "/models")


def model(name: str) -> Request[Model]:
    """The newest version of a model, or the one of `name@version`."""
    return Request(answers.model_of, "GET", f"/models/{quote(name, safe='@')}")


def map(name: str, *, z: bool = False) -> Request[Map]:
    """The training clips of a model in two dimensions, with each clip's z where it is asked for."""
    return Request(answers.map_of, "GET", f"/models/{quote(name, safe='@')}/map", _query(z=z))


def _query(labels: Mapping[str, str] | None = None, **asked: Any) -> dict[str, Any]:
    pairs = [f"{name}:{value}" for name, value in (labels or {}).items()]
    return {"params": {k: v for k, v in asked.items() if v is not None} | ({"label": pairs} if pairs else {})}


def _json(**asked: Any) -> dict[str, Any]:
    return {"json": {name: value for name, value in asked.items() if value is not None}}


def _bytes(clip: Clip) -> bytes:
    return clip.read_bytes() if isinstance(clip, Path) else clip


def _point(end: End) -> Any:
    if isinstance(end, bytes | Path):
        return {"audio": base64.b64encode(_bytes(end)).decode("ascii")}
    return dict(end) if isinstance(end, Mapping) else {"z": list(end)}
