"""What queries hold, and the fields they share with bodies; nothing beyond it is accepted."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from audio.files import AudioFormat
from audio.spectrogram import PhaseMethod

MAX_SEED = 2**53  # JSON and JavaScript hold every integer below exactly
MAX_SOUNDS = 64  # of one request

Method = Literal["lerp", "slerp"]  # of /morph


def _check_digits(value: Any) -> Any:
    """Only what everybody writes: Python also reads 1_0, 7.0 and blanks as whole numbers."""
    if isinstance(value, str) and not re.fullmatch("[0-9]+", value):
        raise PydanticCustomError("digits", "Input should be a whole number in decimal digits")
    return value


def _check_decimal(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]+(\.[0-9]+)?(e-?[0-9]+)?", value):
        raise PydanticCustomError("decimal", "Input should be a number in decimal digits")
    return value


DIGITS, DECIMAL = BeforeValidator(_check_digits), BeforeValidator(_check_decimal)

ModelQuery = Annotated[
    str | None,
    Field(max_length=100, description="`name` or `name@version`; without it the default model"),
]
LabelQuery = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Field(max_length=16, description="`name:value`, repeatable", examples=[["digit:7", "speaker:theo"]]),
]
FormatField = Annotated[AudioFormat, Field(description="the file of the answer")]
Phase = Annotated[
    PhaseMethod, Field(description="how the decoded magnitudes get their phase; `gradient` is the fastest")
]


class Strict(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoQuery(Strict):
    """A path without parameters refuses them all."""


class EncodeQuery(Strict):
    """The query of /encode."""

    model: ModelQuery = None


class ReconstructQuery(Strict):
    """The query of /reconstruct."""

    model: ModelQuery = None
    label: LabelQuery = []
    format: FormatField = "wav"
    phase: Annotated[
        PhaseMethod | Literal["input"],
        Field(description="as in /generate; `input` keeps the phase of the upload"),
    ] = "griffin-lim"


class SampleQuery(Strict):
    """The query of /sample."""

    model: ModelQuery = None
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            lt=MAX_SEED,
            description="without it one is drawn, and told; the sound at index i is that of seed + i alone",
            examples=[7],
        ),
        DIGITS,
    ] = None
    temperature: Annotated[
        float | None,
        Field(ge=0, le=2, description="spread of the draw; without it the model's own"),
        DECIMAL,
    ] = None
    n: Annotated[
        int, Field(ge=1, le=MAX_SOUNDS, description="how many sounds; several are a ZIP"), DIGITS
    ] = 1
    label: LabelQuery = []
    format: FormatField = "wav"
    phase: Phase = "griffin-lim"


class MapQuery(Strict):
    """The query of /models/{name}/map."""

    z: Annotated[bool, Field(description="whether each clip's z is told too, rounded")] = False
