"""What the front process asks a worker for, and what it gets: data alone, so that it can cross a socket."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from service.contract.answers import UnavailableModel
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.inference import Network, NetworkAnswer
from service.contract.instruments import (
    AskedLabels,
    InstrumentBody,
    Key,
    NoteFacts,
    PerformQuery,
    PlayedNote,
)
from service.contract.model_answers import ModelAnswer
from service.contract.queries import ReconstructQuery, SampleQuery

Form = Literal["file", "archive", "spectrogram", "json"]  # of sounds


class EncodeTask(NamedTuple):
    """To encode an audio file."""

    model: str  # `name@version`, here and below
    upload: bytes
    start_s: float | None


class ReconstructTask(NamedTuple):
    """To encode and decode an audio file."""

    model: str
    query: ReconstructQuery
    upload: bytes
    form: Form


class GenerateTask(NamedTuple):
    """To decode points."""

    model: str
    body: GenerateBody
    form: Form


class SampleTask(NamedTuple):
    """To sample new sounds."""

    model: str
    query: SampleQuery  # with a seed and a temperature
    form: Form


class MorphTask(NamedTuple):
    """To follow a path."""

    model: str
    body: MorphBody
    form: Form


class MapTask(NamedTuple):
    """To map the training clips."""

    model: str
    with_z: bool
    zipped: bool


class InferTask(NamedTuple):
    """To run one network of a model, as a request of the Open Inference Protocol asks."""

    model: str
    network: Network
    body: bytes
    n_json_bytes: int | None  # before the tensors in the body; None where all of it is JSON


class InstrumentTask(NamedTuple):
    """To plan the keys of an instrument."""

    model: str
    body: InstrumentBody  # a sample has a seed and a temperature


class NoteTask(NamedTuple):
    """To compute one file of an instrument."""

    model: str
    key: Key
    velocity: int | None
    recipe: Mapping[str, Any]  # of the file


class PerformTask(NamedTuple):
    """To read the notes of a melody."""

    model: str
    query: PerformQuery  # a sample has a seed and a temperature
    upload: bytes


class SegmentTask(NamedTuple):
    """To play a part of a melody, 16-bit samples."""

    model: str
    z: list[float]
    labels: AskedLabels
    notes: list[PlayedNote]  # that sound in it
    first: int  # sample
    last: int  # the sample after the last one


Task: TypeAlias = (
    EncodeTask
    | ReconstructTask
    | GenerateTask
    | SampleTask
    | MorphTask
    | MapTask
    | InferTask
    | InstrumentTask
    | NoteTask
    | PerformTask
    | SegmentTask
)


class Upload(NamedTuple):
    """What was read of an audio file, and where the model's window lies in it."""

    duration_s: float  # of the file
    offset_s: float  # where the window begins
    truncated: bool  # whether the sound goes on after the window
    complete: bool  # False where the file promises more than it holds, or some of it is damaged
    channel: int | None  # the one that was taken, from 1, where the mean of all would cancel it


class Facts(NamedTuple):
    """What an answer says of its sounds beside them."""

    model: str
    sample_rate: int  # Hz, of the file
    file_name: str | None  # None for JSON, which is no file
    seed: int | None = None
    upload: Upload | None = None
    z_text: str | None = None  # of the only point, comma separated
    labels: Mapping[str, str | Mapping[str, float]] | None = None  # of that point
    nearest: Mapping[str, str] | None = None  # labels of the clips it comes from, where none has its own


class Rendered(NamedTuple):
    """The result of a task."""

    content: bytes
    facts: Facts | None = None  # None where there are no sounds
    n_json_bytes: int | None = None  # before the tensors in the content, where there are some
    note: NoteFacts | None = None  # where it is a file of an instrument


class OpenModel(NamedTuple):
    """An open model, as far as the front has to know it."""

    answer: ModelAnswer
    fingerprint: str  # of everything that determines the model's bytes beside the request
    networks: Mapping[Network, NetworkAnswer]

    @property
    def reference(self) -> str:
        """`name@version`."""
        return f"{self.answer.name}@{self.answer.version}"


class Opened(NamedTuple):
    """What the workers have open."""

    models: list[OpenModel]  # by name, the newest version of each first
    default: str  # `name@version`
    unavailable: list[UnavailableModel]
