"""What answers in JSON hold."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from audio.files import AudioFormat
from audio.manifest import Data, LatentDistribution

LabelWeights = dict[str, dict[str, float]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncodeAnswer(_Strict):
    """Where a clip lies in the model's space."""

    model: str
    version: int
    z_mean: list[float] = Field(description="refined, where the model has a refiner")
    z_log_var: list[float] | None = Field(
        description="as the encoder says it; null for an autoencoder without variance"
    )
    labels: dict[str, dict[str, float]] = Field(description="label -> value -> probability")
    level_db: float = Field(description="the clip's peak magnitude; a full-scale sine reads 0")
    duration_s: float = Field(description="of the upload")
    truncated: bool = Field(description="whether the upload is longer than the model's window")


class QualityAnswer(_Strict):
    """How far a replica's spectrogram is from the upload's, over the model's window."""

    log_spectral_distance_db: float = Field(
        description="root mean square over all cells; below the model's floor all is equal"
    )
    spectral_convergence: float = Field(
        description="norm of the difference of the magnitudes over the norm of the upload's; 0 is equal"
    )


class SoundAnswer(_Strict):
    """A sound as data."""

    model: str = Field(description="`name@version`", examples=["digits-vae@1"])
    seed: int | None = Field(description="of a draw")
    z: list[float] = Field(description="exact in float32")
    labels: LabelWeights = Field(description="label -> value -> weight, as /generate takes them")
    level_db: float = Field(description="dBFS of the peak of the decoded spectrogram")
    sample_rate: int = Field(description="Hz, of the file")
    duration_s: float
    format: AudioFormat
    audio: str = Field(description="the file", json_schema_extra={"contentEncoding": "base64"})
    quality: QualityAnswer | None = Field(description="of /reconstruct")
    truncated: bool | None = Field(
        description="of /reconstruct: whether the upload is longer than the window"
    )


class SoundsAnswer(_Strict):
    """Several sounds as data, in order."""

    sounds: list[SoundAnswer]


class MapAxes(_Strict):
    """The way back from a spot of the map to z.

    `identity` and `principal-components`: z = origin + x * x_axis + y * y_axis. `islands`: the z of the
    nearest clip, plus the steps from it to the spot in x and y along the axes; the labels are that clip's.
    """

    origin: list[float]
    x_axis: list[float]
    y_axis: list[float]


class MapDimension(_Strict):
    """How the training clips spread along one coordinate of z."""

    index: int
    mean: float
    standard_deviation: float


class MapPoints(_Strict):
    """The clips on the map, a column for each property."""

    clip: list[int] = Field(description="number of the clip among the encoded training clips")
    x: list[float]
    y: list[float]
    labels: dict[str, list[int]] = Field(description="label -> index into its values")
    z: list[list[float]] | None = Field(description="rounded, where `z=true` asks for it")


class MapAnswer(_Strict):
    """The training clips of a model in two dimensions."""

    model: str
    version: int
    latent_dim: int
    projection: Literal["identity", "principal-components", "islands"] = Field(
        description="`identity`: x and y are z itself; `islands`: one for each combination of labels"
    )
    axes: MapAxes
    explained: list[float] = Field(description="share of the clips' variance along x and along y")
    dimensions: list[MapDimension] = Field(description="every coordinate of z, the strongest first")
    values: dict[str, list[str]] = Field(
        description="label -> its values; also labels the model cannot be asked"
    )
    n_clips: int = Field(description="all of them; a large set is thinned out evenly")
    points: MapPoints


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
