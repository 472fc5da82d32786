"""Points, audio files and labels as bodies in JSON write them."""

import base64
import binascii
import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from service.contract.queries import MAX_SOUNDS, StartField
from service.contract.strict import StrictBody

MAX_COORDINATE = 1e6  # no encoder puts a clip there, and float32 represents more
MAX_LATENT_DIM = 4096
MAX_TERMS = 16
MAX_LABELS = 16
MAX_TERM_WEIGHT = 100.0


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


def _as_text(value: Any) -> Any:
    """A number as people write the value of a label: 7 and 7.0 are "7"."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise PydanticKnownError("finite_number")
        return f"{value:.15g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("label_value", "Input should be a string, a number or an object of weights")
    return value


def _without_nulls(labels: Any) -> Any:
    if not isinstance(labels, dict) or len(labels) > MAX_LABELS:
        return labels
    return {name: choice for name, choice in labels.items() if choice is not None}


LabelValue = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | float), Tag("=value")]
Choice = Annotated[
    LabelValue | Annotated[dict[str, Weight], Tag("=weights")],
    Discriminator(_kind_of_choice),
]
LabelsAsSent = Annotated[dict[str, Choice | None], Field(max_length=MAX_LABELS)]
Labels = Annotated[
    dict[str, Choice],
    Field(
        max_length=MAX_LABELS,
        description="For each label a value, or the weight of each value. Weights need not sum to 1. A "
        "number stands for its text, and null for a label that is not asked for.",
        examples=[{"digit": 7, "speaker": {"theo": 1, "lucas": 3}}],
    ),
    BeforeValidator(_without_nulls, json_schema_input_type=LabelsAsSent),
]
TermWeight = Annotated[
    float,
    Field(
        ge=-MAX_TERM_WEIGHT,
        le=MAX_TERM_WEIGHT,
        allow_inf_nan=False,
        description="The factor of the term. It can be negative.",
    ),
]
LevelField = Annotated[
    float | None,
    Field(
        ge=-120,
        le=200,
        description="The peak magnitude of the spectrogram in dBFS. Without it, the level is the median of "
        "the model's training clips.",
    ),
]
OneZ = Annotated[
    list[Coordinate],
    Field(
        min_length=1,
        max_length=MAX_LATENT_DIM,
        fail_fast=True,
        description="The coordinates of a point, latent_dim numbers.",
    ),
]
AudioField = Annotated[
    bytes,
    PlainValidator(_decode_base64),
    WithJsonSchema(
        {"type": "string", "contentEncoding": "base64", "description": "An audio file in base64."}
    ),
]


class PointTerm(StrictBody):
    """A point with a weight."""

    weight: TermWeight
    z: OneZ


class AudioTerm(StrictBody):
    """An audio file with a weight. The file stands for its z_mean."""

    weight: TermWeight
    audio: AudioField
    start_s: StartField = None


def _kind(value: Any) -> str:
    """The tag of the union's member that a value is meant to be, so that only its errors are reported.

    The sign before the tag marks it: reports to the client leave it out.
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


class WeightedSum(StrictBody):
    """A point as the weighted sum of points and audio files."""

    terms: Annotated[
        list[Term],
        Field(min_length=1, max_length=MAX_TERMS, description="The terms of the sum, one or more."),
    ]


AnyZ = Annotated[
    Annotated[OneZ, Tag("=z")]
    | Annotated[list[OneZ], Field(min_length=1, max_length=MAX_SOUNDS), Tag("=several")]
    | Annotated[WeightedSum, Tag("=terms")],
    Discriminator(_kind_of_any_z),
    Field(
        description="One point, or a list of up to 64 points, which are answered as a ZIP, or a weighted sum "
        "of points and audio files."
    ),
]


class PointEnd(StrictBody):
    """An end of a path: a point with its labels and its level."""

    z: OneZ
    labels: Labels = Field(default_factory=dict)
    level_db: LevelField = None


class AudioEnd(StrictBody):
    """An end of a path: an audio file, with its own level and the labels that are recognised in it."""

    audio: AudioField
    start_s: StartField = None


End = Annotated[
    Annotated[OneZ, Tag("=z")] | Annotated[PointEnd, Tag("=point")] | Annotated[AudioEnd, Tag("=audio")],
    Discriminator(_kind_of_end),
]
