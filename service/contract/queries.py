"""The parameters of queries, and the fields that bodies share with them; others are refused."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from audio.formats import AudioFormat
from audio.spectrogram_config import PhaseMethod
from service.contract.strict import Strict

MAX_SEED = 2**53  # JSON and JavaScript hold every integer below exactly
MAX_SOUNDS = 64  # of one request
MAX_START_S = 3600.0

Method = Literal["lerp", "slerp"]  # of /morph


def _check_digits(value: Any) -> Any:
    """Raise unless a text has decimal digits alone: Python also reads 1_0, 7.0 and blanks."""
    if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
        raise PydanticCustomError("digits", "Input should be a whole number in decimal digits")
    return value


def _check_decimal(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?", value):
        raise PydanticCustomError("decimal", "Input should be a number in decimal digits")
    return value


DIGITS, DECIMAL = BeforeValidator(_check_digits), BeforeValidator(_check_decimal)

ModelQuery = Annotated[
    str | None,
    Field(
        max_length=100,
        description="The model as `name`, which is its newest version, or as `name@version`. Without it, the "
        "default model is used.",
    ),
]
LabelQuery = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Field(
        max_length=16,
        description="A label as `name:value`. The parameter can be repeated, once for each label.",
        examples=[["digit:7", "speaker:theo"]],
    ),
]
FormatField = Annotated[
    AudioFormat,
    Field(description="The format of the audio file. Without it, `Accept` can name one, or else it is WAV."),
]

StartField = Annotated[
    float | None,
    Field(
        ge=0,
        le=MAX_START_S,
        description="Where the model's window begins in the audio file, in seconds. Without it, the window "
        "begins at the onset of the sound.",
    ),
]
StartQuery = Annotated[StartField, DECIMAL]


def _wav() -> AudioFormat:
    """The format where neither the request nor its Accept header names one. A schema does not show it."""
    return "wav"


ANY_FORMAT = Field(default_factory=_wav)
Phase = Annotated[
    PhaseMethod,
    Field(
        description="How the phase of the decoded magnitudes is estimated. `griffin-lim` sounds best, "
        "`gradient` is the fastest, `zero` has no phase at all."
    ),
]


class NoQuery(Strict):
    """The query of a path that has no parameters."""


class EncodeQuery(Strict):
    """The query of /encode."""

    model: ModelQuery = None
    start_s: StartQuery = None


class ReconstructQuery(Strict):
    """The query of /reconstruct."""

    model: ModelQuery = None
    start_s: StartQuery = None
    label: LabelQuery = Field(default_factory=list)
    format: FormatField = ANY_FORMAT
    phase: Annotated[
        PhaseMethod | Literal["input"],
        Field(
            description="How the phase of the decoded magnitudes is estimated, as in /generate. `input` "
            "takes the phase of the upload."
        ),
    ] = "griffin-lim"


class SampleQuery(Strict):
    """The query of /sample."""

    model: ModelQuery = None
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            lt=MAX_SEED,
            description="The seed of the random generator. The same seed gives the same bytes. Without it, a "
            "random seed is used, which the answer contains. The sound at index i has the seed + i.",
            examples=[7],
        ),
        DIGITS,
    ] = None
    temperature: Annotated[
        float | None,
        Field(
            ge=0,
            le=2,
            description="How far samples spread around the training clips: 0 gives the mean. Without it, the "
            "model's own temperature is used.",
        ),
        DECIMAL,
    ] = None
    n: Annotated[
        int,
        Field(ge=1, le=MAX_SOUNDS, description="The number of sounds. Several sounds are answered as a ZIP."),
        DIGITS,
    ] = 1
    label: LabelQuery = Field(default_factory=list)
    format: FormatField = ANY_FORMAT
    phase: Phase = "griffin-lim"


class MapQuery(Strict):
    """The query of /models/{name}/map."""

    z: Annotated[bool, Field(description="Whether the answer contains the z of each clip, rounded.")] = False
