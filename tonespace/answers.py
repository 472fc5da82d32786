"""What the service answers, with types.

The fields are those of the contract in openapi/openapi.json; one that a newer service adds is left out.
"""

import base64
import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx

LabelWeights = dict[str, dict[str, float]]  # label -> value -> weight
Answer = TypeVar("Answer")


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Where a clip lies in a model's space."""

    model: str
    version: int
    z_mean: list[float]
    z_log_var: list[float] | None  # None for an autoencoder without variance
    labels: LabelWeights  # what is heard, as probabilities
    level_db: float
    duration_s: float
    truncated: bool  # the clip is longer than the model's window


@dataclasses.dataclass(frozen=True)
class Sound:
    """A file and what it is the sound of; a walk has many points, so none of what one point has."""

    audio: bytes
    model: str  # name@version
    sample_rate: int  # Hz, of the file
    z: list[float] | None = None
    labels: LabelWeights | None = None
    seed: int | None = None  # of a draw
    level_db: float | None = None
    duration_s: float | None = None
    quality: dict[str, float] | None = None  # of a replica
    truncated: bool | None = None  # of a replica: the clip is longer than the model's window


@dataclasses.dataclass(frozen=True)
class Model:
    """One version of one model."""

    name: str
    version: int
    versions: list[int]  # all of this name, the newest first
    default: bool
    kind: str
    description: str
    latent_dim: int
    labels: dict[str, list[str]]
    sample_rate: int  # Hz
    window_s: float
    level_db: float
    latent_distribution: dict[str, Any]
    metrics: dict[str, float]
    checksums: dict[str, str]  # file -> SHA-256
    providers: list[str]
    data: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Points:
    """The training clips on a map, a column for each property."""

    clip: list[int]
    x: list[float]
    y: list[float]
    labels: dict[str, list[int]]  # label -> index into its values
    z: list[list[float]] | None


@dataclasses.dataclass(frozen=True)
class Map:
    """The training clips of a model in two dimensions; z = origin + x * x_axis + y * y_axis."""

    model: str
    version: int
    latent_dim: int
    projection: str
    axes: dict[str, list[float]]
    explained: list[float]
    dimensions: list[dict[str, float]]
    values: dict[str, list[str]]
    n_clips: int
    points: Points


def encoded_of(response: httpx.Response) -> Encoded:
    """The answer of /encode."""
    return _known(Encoded, response.json())


def sound_of(response: httpx.Response) -> Sound:
    """A sound that was sent as data."""
    return _sound(response.json())


def sounds_of(response: httpx.Response) -> list[Sound]:
    """Several sounds that were sent as data."""
    return [_sound(sound) for sound in response.json()["sounds"]]


def file_of(response: httpx.Response) -> Sound:
    """A sound that was sent as a file, with what its headers tell."""
    headers = response.headers
    z, labels, seed = (headers.get(f"Tonespace-{name}") for name in ("Z", "Labels", "Seed"))
    return Sound(
        audio=response.content,
        model=headers["Tonespace-Model"],
        sample_rate=int(headers["Tonespace-Sample-Rate"]),
        z=[float(value) for value in z.split(",")] if z else None,
        labels=json.loads(labels) if labels else None,
        seed=int(seed) if seed else None,
    )


def model_of(response: httpx.Response) -> Model:
    """The answer of /models/{name}."""
    return _known(Model, response.json())


def models_of(response: httpx.Response) -> list[Model]:
    """The answer of /models."""
    return [_known(Model, model) for model in response.json()["models"]]


def map_of(response: httpx.Response) -> Map:
    """The answer of /models/{name}/map."""
    data = response.json()
    return _known(Map, data | {"points": _known(Points, data["points"])})


def _sound(data: Mapping[str, Any]) -> Sound:
    return _known(Sound, {**data, "audio": base64.b64decode(data["audio"])})


def _known(answer: type[Answer], data: Mapping[str, Any]) -> Answer:
    fields = dataclasses.fields(answer)  # type: ignore[arg-type]  # every Answer is a dataclass
    return answer(**{field.name: data[field.name] for field in fields})
