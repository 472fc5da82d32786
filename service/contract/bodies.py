"""What bodies in JSON hold; nothing beyond it is accepted, and nothing is converted."""

import base64
import binascii
from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from service.contract.queries import MAX_SOUNDS, FormatField, Method, ModelQuery, Phase, Strict

MAX_COORDINATE = 1e6  # no encoder puts a clip there, and float32 arithmetic has room beyond it
MAX_LATENT_DIM = 4096
MAX_TERMS = 16
MAX_TERM_WEIGHT = 100.0
MAX_DURATION_S = 3600.0


def _decode_base64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("should be the file as a base64 string")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None


Coordinate = Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _kind_of_choice(value: Any) -> str:
    return "=weights" if isinstance(value, dict) else "=value"


Choice = Annotated[
    Annotated[str, Tag("=value")] | Annotated[dict[str, Weight], Tag("=weights")],
    Discriminator(_kind_of_choice),
]
Labels = Annotated[
    dict[str, Choice],
    Field(
        max_length=16,
        description="label -> value, or value -> weight for a mixture",
        examples=[{"digit": "7", "speaker": {"theo": 1, "lucas": 3}}],
    ),
]
TermWeight = Annotated[float, Field(ge=-MAX_TERM_WEIGHT, le=MAX_TERM_WEIGHT, allow_inf_nan=False)]
LevelField = Annotated[
    float | None, Field(ge=-120, le=200, description="dBFS of the peak; without it that of the model's clips")
]
DurationField = Annotated[
    float | None,
    Field(
        gt=0, le=MAX_DURATION_S, description="of the file, up to the window; without it the silent end is cut"
    ),
]
OneZ = Annotated[
    list[Coordinate],
    Field(min_length=1, max_length=MAX_LATENT_DIM, fail_fast=True, description="latent_dim coordinates"),
]
AudioField = Annotated[
    bytes,
    PlainValidator(_decode_base64),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "description": "an audio file, base64"}),
]


class _StrictBody(Strict):
    model_config = ConfigDict(strict=True)


class PointTerm(_StrictBody):
    """A weighted point."""

    weight: TermWeight
    z: OneZ


class AudioTerm(_StrictBody):
    """A weighted audio file, which counts as its z_mean."""

    weight: TermWeight
    audio: AudioField


def _kind(value: Any) -> str:
    """The tag of the member of a union that a value is meant to be, so that only that one's errors are told.

    The sign before it lets what is told to the client leave it out.
    """
    if isinstance(value, dict):
        return "=audio" if "audio" in value else "=point"
    return "=several" if isinstance(value, list) and value and isinstance(value[0], list) else "=z"


def _kind_of_any_z(value: Any) -> str:
    return "=terms" if isinstance(value, dict) else _kind(value)


def _kind_of_term(value: Any) -> str:
    return "=audio" if _kind(value) == "=audio" else "=point"


def _kind_of_end(value: Any) -> str:
    return _kind(value) if isinstance(value, dict) else "=z"


Term = Annotated[
    Annotated[PointTerm, Tag("=point")] | Annotated[AudioTerm, Tag("=audio")],
    Discriminator(_kind_of_term),
]


class WeightedSum(_StrictBody):
    """A point as the sum of weighted points and audio files."""

    terms: Annotated[list[Term], Field(min_length=1, max_length=MAX_TERMS)]


AnyZ = Annotated[
    Annotated[OneZ, Tag("=z")]
    | Annotated[list[OneZ], Field(min_length=1, max_length=MAX_SOUNDS), Tag("=several")]
    | Annotated[WeightedSum, Tag("=terms")],
    Discriminator(_kind_of_any_z),
    Field(description="one z; or up to 64, answered as a ZIP; or a weighted sum of z's and audio files"),
]


class GenerateBody(_StrictBody):
    """The body of /generate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"z": [0.4, -1.2], "model": "thesis-vae", "format": "wav"},
                {"z": [[0.4, -1.2], [0.5, -1.2]], "model": "thesis-vae"},
                {"z": {"terms": [{"weight": 1.5, "z": [0.4, -1.2]}, {"weight": -0.5, "z": [1, 0]}]}},
            ]
        },
    )

    z: AnyZ
    model: ModelQuery = None
    labels: Labels = Field(default_factory=dict)
    level_db: LevelField = None
    duration_s: DurationField = None
    format: FormatField = "wav"
    phase: Phase = "griffin-lim"

    @property
    def several(self) -> bool:
        """Whether a list of points is asked for, if only of one."""
        return isinstance(self.z, list) and isinstance(self.z[0], list)


class PointEnd(_StrictBody):
    """An end of a path: a point, its labels and how loud it is."""

    z: OneZ
    labels: Labels = Field(default_factory=dict)
    level_db: LevelField = None


class AudioEnd(_StrictBody):
    """An end of a path: an audio file, with the labels that are heard in it and as loud as it is."""

    audio: AudioField


End = Annotated[
    Annotated[OneZ, Tag("=z")] | Annotated[PointEnd, Tag("=point")] | Annotated[AudioEnd, Tag("=audio")],
    Discriminator(_kind_of_end),
]


class MorphBody(_StrictBody):
    """The body of /morph."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": [0.4, -1.2], "to": [-0.3, 0.8], "steps": 8, "model": "thesis-vae"}]
        },
    )

    start: Annotated[End, Field(alias="from", description="a z, a point with labels and level, or audio")]
    end: Annotated[End, Field(alias="to", description="as `from`")]
    steps: Annotated[
        int, Field(ge=2, le=MAX_SOUNDS, description="sounds on the path, both ends included")
    ] = 8
    method: Annotated[Method, Field(description="a straight line, or an arc around the origin")] = "slerp"
    model: ModelQuery = None
    labels: Annotated[Labels, Field(description="of every step, in place of those on the way")] = Field(
        default_factory=dict
    )
    format: FormatField = "wav"
    phase: Phase = "griffin-lim"
