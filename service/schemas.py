"""What requests and answers hold; nothing beyond it is accepted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from audio.files import AudioFormat
from audio.manifest import Data, LatentDistribution

MAX_COORDINATE = 1e6  # no encoder puts a clip there, and float32 arithmetic has room beyond it
MAX_LATENT_DIM = 4096
MAX_SEED = 2**53  # JSON and JavaScript hold every integer below exactly

Coordinate = Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
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
    Literal["griffin-lim", "zero"], Field(description="how the decoded magnitudes get their phase")
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NoQuery(_Strict):
    """A path without parameters refuses them all."""


class EncodeQuery(_Strict):
    """The query of /encode."""

    model: ModelQuery = None


class ReconstructQuery(_Strict):
    """The query of /reconstruct."""

    model: ModelQuery = None
    label: LabelQuery = []
    format: FormatField = "wav"
    phase: Annotated[
        Literal["griffin-lim", "zero", "input"],
        Field(description="as in /generate; `input` keeps the phase of the upload"),
    ] = "griffin-lim"


class SampleQuery(_Strict):
    """The query of /sample."""

    model: ModelQuery = None
    seed: Annotated[
        int | None, Field(ge=0, lt=MAX_SEED, description="without it one is drawn, and told", examples=[7])
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="spread of the draw; without it the model's own")
    ] = None
    label: LabelQuery = []
    format: FormatField = "wav"
    phase: Phase = "griffin-lim"


class GenerateBody(_Strict):
    """The body of /generate."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"examples": [{"z": [0.4, -1.2], "model": "thesis-vae", "format": "wav"}]},
    )

    z: Annotated[
        list[Coordinate],
        Field(min_length=1, max_length=MAX_LATENT_DIM, fail_fast=True, description="latent_dim coordinates"),
    ]
    model: ModelQuery = None
    labels: Annotated[
        dict[str, str | dict[str, Weight]],
        Field(max_length=16, description="label -> value, or value -> weight for a mixture"),
    ] = {}
    format: FormatField = "wav"
    phase: Phase = "griffin-lim"


class EncodeAnswer(_Strict):
    """Where a clip lies in the model's space."""

    model: str
    version: int
    z_mean: list[float]
    z_log_var: list[float] | None = Field(description="null for an autoencoder without variance")
    labels: dict[str, dict[str, float]] = Field(description="label -> value -> probability")
    level_db: float = Field(description="the clip's peak magnitude; a full-scale sine reads 0")
    duration_s: float = Field(description="of the upload")
    truncated: bool = Field(description="whether the upload is longer than the model's window")


class ModelAnswer(_Strict):
    """One version of one model."""

    name: str
    version: int
    versions: list[int] = Field(description="all of this name, the newest first")
    default: bool = Field(description="whether requests without a model get this one")
    kind: Literal["autoencoder", "variational-autoencoder"]
    description: str
    latent_dim: int
    labels: dict[str, list[str]] = Field(description="label -> its values")
    sample_rate: int = Field(description="Hz")
    window_s: float = Field(description="what the model hears of a clip")
    level_db: float = Field(description="of sounds made from z alone")
    latent_distribution: LatentDistribution
    metrics: dict[str, float]
    checksums: dict[str, str] = Field(description="file -> SHA-256")
    providers: list[str] = Field(description="the ONNX Runtime providers in use")
    data: Data = Field(description="what it was trained on, and under which licence")


class ModelsAnswer(_Strict):
    """Every model, by name, the newest version first."""

    models: list[ModelAnswer]


class HealthAnswer(_Strict):
    """That the service lives, or is ready."""

    status: Literal["live", "ready"]


class ProblemAnswer(BaseModel):
    """A failure, as RFC 9457 says it."""

    type: str = Field(examples=["urn:tonespace:problem:unknown-model"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="the request id, also in X-Request-ID and the service's log")
    errors: list[dict[str, str]] | None = Field(None, description="of an invalid request: where, message")
