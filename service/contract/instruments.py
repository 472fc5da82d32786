"""What /instrument and /perform take, and what is planned from it before a sound is computed."""

from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from service.contract.answers import StrictAnswer
from service.contract.points import AudioField, Labels, OneZ
from service.contract.queries import (
    DECIMAL,
    DIGITS,
    MAX_SEED,
    LabelQuery,
    ModelQuery,
    StartField,
)
from service.contract.strict import Strict, StrictBody

InstrumentFormat = Literal["sfz", "hydrogen", "zip"]
PerformanceFormat = Literal["wav", "pcm", "ogg"]
AskedLabels = dict[str, str | dict[str, float]]  # as /generate takes them
MAX_LAYERS = 16  # Hydrogen has no more

MidiNote = Annotated[int, Field(ge=0, le=127)]
Velocity = Annotated[int, Field(ge=1, le=127)]
Seed = Annotated[
    int | None,
    Field(
        ge=0,
        lt=MAX_SEED,
        description="The seed of the timbre, if it is a sample. If no timbre is given, the seed is random.",
    ),
]
Temperature = Annotated[
    float | None,
    Field(ge=0, le=2, description="How far the sample spreads, as in /sample."),
]


class InstrumentBody(StrictBody):
    """The body of /instrument: a timbre, given as a point, as audio or as a sample, and its keys."""

    z: Annotated[OneZ | None, Field(description="The timbre as a point.")] = None
    audio: Annotated[
        AudioField | None, Field(description="The timbre as an audio file in base64, which is encoded.")
    ] = None
    start_s: StartField = None
    seed: Seed = None
    temperature: Temperature = None
    labels: Labels = Field(default_factory=dict)
    model: ModelQuery = None
    pitches: Annotated[
        list[MidiNote] | None,
        Field(
            min_length=1,
            max_length=128,
            description="The keys that are computed, as MIDI notes. Keys between them play the nearest one. "
            "Without it, all keys of the model are computed.",
        ),
    ] = None
    velocities: Annotated[
        list[Velocity] | None,
        Field(
            min_length=1,
            max_length=MAX_LAYERS,
            description="The velocities that are computed, each a layer of its own. Without it, they are "
            "those that the model was trained on.",
        ),
    ] = None
    pads: Annotated[
        str | None,
        Field(
            max_length=32,
            description="A label whose values become pads, one key each from 36 upwards, instead of pitches. "
            "A model without pitch needs it.",
        ),
    ] = None
    format: Annotated[
        InstrumentFormat,
        Field(
            description="`sfz` is a ZIP with an .sfz file, `hydrogen` a drum kit of Hydrogen, `zip` the WAV "
            "files alone."
        ),
    ] = "sfz"

    @model_validator(mode="after")
    def _is_one_instrument(self) -> Self:
        if sum(given is not None for given in (self.z, self.audio, self.seed)) > 1:
            raise PydanticCustomError("timbre", "Give one of z, audio and seed")
        if self.pads is not None and self.pitches is not None:
            raise PydanticCustomError("keys", "Give pitches or pads, not both")
        return self


def _numbers(value: Any) -> Any:
    try:
        return [float(number) for number in value.split(",")] if isinstance(value, str) else value
    except ValueError:
        raise PydanticCustomError("numbers", "Input should be numbers with commas between") from None


class PerformQuery(Strict):
    """The query of /perform: the timbre and the format."""

    model: ModelQuery = None
    z: Annotated[
        OneZ | None,
        BeforeValidator(_numbers),
        WithJsonSchema(
            {
                "type": "string",
                "description": "The timbre as a point: its coordinates, comma separated as in Tonespace-Z.",
            }
        ),
    ] = None
    seed: Annotated[Seed, DIGITS] = None
    temperature: Annotated[Temperature, DECIMAL] = None
    label: LabelQuery = Field(default_factory=list)
    format: Annotated[
        PerformanceFormat,
        Field(description="The format of the sound. All of them are sent while they are computed."),
    ] = "wav"

    @model_validator(mode="after")
    def _is_one_timbre(self) -> Self:
        if self.z is not None and self.seed is not None:
            raise PydanticCustomError("timbre", "Give one of z and seed")
        return self


class Key(StrictAnswer):
    """One key of an instrument."""

    key: int  # MIDI note
    name: str
    z: list[float]
    labels: AskedLabels
    pitched: bool


class InstrumentPlan(StrictAnswer):
    """The keys of an instrument and their layers."""

    keys: list[Key]  # ascending
    velocities: list[int | None]  # ascending; None for a model without velocity


class NoteFacts(NamedTuple):
    """What a sampler has to know of a WAV file."""

    level_db: float  # by which the file has to be amplified for the model's own level
    loop: tuple[int, int] | None  # the first sample and the one after the last
    decay_db_s: float  # of the loop
    n_samples: int
    sample_rate: int  # Hz


class PlayedNote(NamedTuple):
    """One note of a melody."""

    onset_s: float
    held_s: float
    pitch: float  # MIDI note
    velocity: int


class PerformancePlan(StrictAnswer):
    """A melody and the timbre that plays it."""

    z: list[float]
    labels: AskedLabels
    notes: list[PlayedNote]  # by onset
    n_left_out: int
    n_samples: int
    sample_rate: int
    ring_s: float  # the longest time that a note sounds after its key is up
