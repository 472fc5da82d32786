"""What the service answers, with types.

The fields are those of the contract in openapi/openapi.json; one that a newer service adds is left out.
"""

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import httpx

from tonespace.errors import OtherFormatError
from tonespace.parameters import Format

LabelWeights = dict[str, dict[str, float]]  # label -> value -> weight
A = TypeVar("A", bound="Answer")

FORMATS = {"audio/mpeg": "mp3"}  # the others are named like their media types


@dataclasses.dataclass(frozen=True)
class Answer:
    """What every answer can do."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the answer as JSON, replaces what is there, and returns the path."""
        file = Path(path)
        file.write_text(json.dumps(dataclasses.asdict(self)) + "\n", encoding="utf-8")
        return file


@dataclasses.dataclass(frozen=True)
class Encoded(Answer):
    """Where a clip lies in a model's space."""

    model: str
    version: int
    z_mean: list[float]
    z_log_var: list[float] | None  # None for an autoencoder without variance
    labels: LabelWeights  # probabilities
    level_db: float
    duration_s: float
    offset_s: float  # where the model's window begins in the clip
    truncated: bool  # the clip goes on after the window
    complete: bool  # the file holds all that its header promises
    channel: int | None  # counted from 1, where the mean of all would cancel the sound
    familiarity: dict[str, float | bool] | None  # score, threshold in dB, familiar; None for an older model


@dataclasses.dataclass(frozen=True)
class Sound(Answer):
    """An audio file and its point; a morph has many points, so its z, labels and level are None."""

    audio: bytes
    format: str
    model: str  # name@version
    sample_rate: int  # Hz, of the file
    z: list[float] | None = None
    labels: LabelWeights | None = None
    seed: int | None = None  # of a sample
    level_db: float | None = None
    duration_s: float | None = None
    quality: dict[str, float] | None = None  # of a replica, as are the next four, those of `Encoded`
    offset_s: float | None = None
    truncated: bool | None = None
    complete: bool | None = None
    channel: int | None = None
    nearest: dict[str, str] | None = None  # labels of the clips it comes from, where none has those asked for

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the audio file, replaces what is there, and returns the path.

        Raises:
            OtherFormatError: the path ends in the name of another format.
        """
        file = Path(path)
        actual = "wav" if self.format == "wav-float" else self.format
        if file.suffix[1:].lower() in {*get_args(Format)} - {actual}:
            raise OtherFormatError(file, actual)
        file.write_bytes(self.audio)
        return file


@dataclasses.dataclass(frozen=True)
class Archive(Answer):
    """The files of an instrument: a ZIP, or a drum kit of Hydrogen."""

    content: bytes
    name: str  # that the service gives the file
    model: str  # name@version
    seed: int | None  # of a sample

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the archive, replaces what is there, and returns the path."""
        file = Path(path)
        file.write_bytes(self.content)
        return file


@dataclasses.dataclass(frozen=True)
class Model(Answer):
    """One version of one model."""

    name: str
    version: int
    versions: list[int]  # all of this name, the newest first
    default: bool
    kind: str
    description: str
    latent_dim: int
    labels: dict[str, list[str]]
    clip_labels: dict[str, list[str]]  # of the training clips alone: samples can be asked for by them
    numbers: dict[str, str]  # the labels whose values are numbers, each with its unit
    sample_rate: int  # Hz
    window_s: float
    level_db: float
    latent_distribution: dict[str, Any]
    metrics: dict[str, float]
    checksums: dict[str, str]  # file -> SHA-256
    providers: list[str]
    data: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Points(Answer):
    """The training clips on a map, a column for each property."""

    clip: list[int]
    x: list[float]
    y: list[float]
    labels: dict[str, list[int]]  # label -> index into its values
    z: list[list[float]] | None


@dataclasses.dataclass(frozen=True)
class Map(Answer):
    """The training clips of a model in two dimensions; openapi.json says how a place becomes a z."""

    model: str
    version: int
    latent_dim: int
    projection: str
    x_number: str | None  # the label that is x within a cluster
    axes: dict[str, list[float]]
    explained: list[float]
    dimensions: list[dict[str, float]]
    values: dict[str, list[str]]
    numbers: list[str]  # the labels whose values are numbers, in ascending order
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
    """A sound that was sent as a file, with what its headers say of it."""
    headers = response.headers
    media_type = headers["Content-Type"].partition(";")[0]
    z, labels, seed = (headers.get(f"Tonespace-{name}") for name in ("Z", "Labels", "Seed"))
    return Sound(
        audio=response.content,
        format=FORMATS.get(media_type, media_type.removeprefix("audio/")),
        model=headers["Tonespace-Model"],
        sample_rate=int(headers["Tonespace-Sample-Rate"]),
        z=[float(value) for value in z.split(",")] if z else None,
        labels=json.loads(labels) if labels else None,
        seed=int(seed) if seed else None,
    )


def archive_of(response: httpx.Response) -> Archive:
    """The answer of /instrument."""
    headers = response.headers
    seed = headers.get("Tonespace-Seed")
    name = headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
    return Archive(response.content, name, headers["Tonespace-Model"], int(seed) if seed else None)


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


def _known(answer: type[A], data: Mapping[str, Any]) -> A:
    return answer(**{field.name: data[field.name] for field in dataclasses.fields(answer)})
