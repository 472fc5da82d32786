"""Every verb as the request that it sends, and how the answer is read; no connection in here."""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeGuard, TypeVar, Unpack, cast
from urllib.parse import quote

import httpx

from tonespace import answers
from tonespace.answers import Archive, Encoded, Map, Model, Sound
from tonespace.errors import MissingUploadError, OtherUploadError
from tonespace.parameters import (
    Clip,
    End,
    InstrumentOptions,
    MorphOptions,
    PerformOptions,
    PointOptions,
    ReplicaOptions,
    SampleOptions,
    Term,
    Z,
)
from tonespace.recipe import Recipe

T = TypeVar("T")

JSON, AUDIO, ANY = "application/json", "audio/*", "*/*"


class Request(NamedTuple, Generic[T]):
    """What a verb sends, and how its answer is read."""

    read: Callable[[httpx.Response], T]
    method: str
    path: str
    options: Mapping[str, Any] = {}
    accept: str = JSON


def encode(clip: Clip, *, model: str | None = None, start_s: float | None = None) -> Request[Encoded]:
    """Returns the coordinates of a clip; the window begins at the onset, or at `start_s` seconds."""
    options = _query(model=model, start_s=start_s) | {"content": _bytes(clip)}
    return Request(answers.encoded_of, "POST", "/encode", options)


def reconstruct(clip: Clip, **options: Unpack[ReplicaOptions]) -> Request[Sound]:
    """Returns a clip, encoded and decoded again; `labels` convert it, for example to another speaker."""
    return Request(answers.sound_of, "POST", "/reconstruct", _query(**options) | {"content": _bytes(clip)})


def generate(z: Z, **options: Unpack[PointOptions]) -> Request[Sound]:
    """Returns the sound at a point."""
    return Request(answers.sound_of, "POST", "/generate", _json(z=_numbers(z), **options))


def generate_many(zs: Sequence[Z], **options: Unpack[PointOptions]) -> Request[list[Sound]]:
    """Returns the sounds at up to 64 points, in order."""
    return Request(answers.sounds_of, "POST", "/generate", _json(z=[_numbers(z) for z in zs], **options))


def combine(terms: Sequence[Term], **options: Unpack[PointOptions]) -> Request[Sound]:
    """Returns the sound at a weighted sum of points and clips."""
    weighted = [{"weight": weight, **_point(what)} for weight, what in terms]
    return Request(answers.sound_of, "POST", "/generate", _json(z={"terms": weighted}, **options))


def sample(**options: Unpack[SampleOptions]) -> Request[Sound]:
    """Returns a random sound of a model; the same seed gives the same bytes."""
    return Request(answers.sound_of, "GET", "/sample", _query(**options))


def sample_many(n: int, **options: Unpack[SampleOptions]) -> Request[list[Sound]]:
    """Returns from 2 to 64 samples: those of seed, seed + 1, and so on."""
    return Request(answers.sounds_of, "GET", "/sample", _query(n=n, **options))


def morph(start: End, end: End, *, steps: int = 8, **options: Unpack[MorphOptions]) -> Request[Sound]:
    """Returns one sound that goes from one point or clip to another."""
    body = {"from": _point(start), "to": _point(end), "steps": steps, **options}
    return Request(answers.file_of, "POST", "/morph", _json(**body), AUDIO)


def morph_steps(
    start: End, end: End, *, steps: int = 8, **options: Unpack[MorphOptions]
) -> Request[list[Sound]]:
    """Returns the steps from one point or clip to another, each as a sound of its own."""
    return Request(answers.sounds_of, "POST", "/morph", morph(start, end, steps=steps, **options).options)


def again(recipe: Recipe, *, upload: Clip | None = None) -> Request[Sound]:
    """Returns the sound that a recipe describes; the recipe of a replica needs its upload."""
    if "body" in recipe:
        return Request(answers.file_of, "POST", recipe["path"], {"json": recipe["body"]}, AUDIO)
    if "upload_sha256" not in recipe:
        return Request(answers.file_of, "GET", recipe["path"], {"params": recipe["query"]}, AUDIO)
    if upload is None:
        raise MissingUploadError(recipe["upload_sha256"])
    content = _bytes(upload)
    if (actual := hashlib.sha256(content).hexdigest()) != recipe["upload_sha256"]:
        raise OtherUploadError(actual, recipe["upload_sha256"])
    options = {"params": recipe["query"], "content": content}
    return Request(answers.file_of, "POST", recipe["path"], options, AUDIO)


def instrument(**options: Unpack[InstrumentOptions]) -> Request[Archive]:
    """Returns the notes of a timbre as files for a sampler: a ZIP, or a drum kit of Hydrogen."""
    z, audio = options.get("z"), options.get("audio")
    timbre = {"z": None if z is None else _numbers(z)}
    timbre |= {"audio": None if audio is None else _point(audio)["audio"]}
    return Request(answers.archive_of, "POST", "/instrument", _json(**{**options, **timbre}), ANY)


def perform(melody: Clip, **options: Unpack[PerformOptions]) -> Request[Sound]:
    """Returns a melody, from a MIDI file or a recording of one voice, in a timbre."""
    z = options.pop("z", None)
    coordinates = None if z is None else ",".join(repr(value) for value in _numbers(z))
    asked = _query(z=coordinates, **options) | {"content": _bytes(melody)}
    return Request(answers.file_of, "POST", "/perform", asked, AUDIO)


def models() -> Request[list[Model]]:
    """Returns every model and version."""
    return Request(answers.models_of, "GET", "/models")


def model(name: str) -> Request[Model]:
    """Returns the newest version of a model, or the one that `name@version` names."""
    return Request(answers.model_of, "GET", f"/models/{quote(name, safe='@')}")


def map(name: str, *, z: bool = False) -> Request[Map]:
    """Returns the training clips of a model in two dimensions, with `z=True` each clip's z too."""
    return Request(answers.map_of, "GET", f"/models/{quote(name, safe='@')}/map", _query(z=z))


def _query(labels: Mapping[str, str] | None = None, **asked: Any) -> dict[str, Any]:
    pairs = [f"{name}:{value}" for name, value in (labels or {}).items()]
    return {"params": {k: v for k, v in asked.items() if v is not None} | ({"label": pairs} if pairs else {})}


def _json(**asked: Any) -> dict[str, Any]:
    return {"json": {name: value for name, value in asked.items() if value is not None}}


def _is_clip(end: End) -> TypeGuard[Clip]:
    return isinstance(end, bytes | bytearray | memoryview | str | os.PathLike) or hasattr(end, "read")


def _bytes(clip: Clip) -> bytes:
    if isinstance(clip, str | os.PathLike):
        return Path(clip).expanduser().read_bytes()
    content: object = clip.read() if hasattr(clip, "read") else clip
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(f"A clip is bytes, a path or a file opened with 'rb', not {type(content).__name__}.")
    return bytes(content)


def _numbers(z: Z) -> list[float]:
    return [float(value) for value in z]  # of a NumPy array too


def _point(end: End) -> dict[str, Any]:
    if isinstance(end, Mapping):
        return dict(end)
    if _is_clip(end):
        return {"audio": base64.b64encode(_bytes(end)).decode("ascii")}
    return {"z": _numbers(cast(Z, end))}
