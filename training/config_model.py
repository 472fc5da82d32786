"""The sections of a config about a model: its networks, its loss, how it is trained, sampled and exported."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from audio.manifest import LabelName
from training.config_data import Strict

Stride = Annotated[int, Field(ge=1)]


class ThesisNetwork(Strict):
    """The convolutional network of the thesis: 3x3 convolutions, ReLU, BatchNorm, mirrored decoder."""

    family: Literal["thesis"] = "thesis"
    filters: tuple[Annotated[int, Field(ge=1)], ...] = Field((32, 64, 64, 64), min_length=1)
    strides: tuple[Stride, ...] = (1, 2, 2, 1)

    @model_validator(mode="after")
    def _one_stride_a_layer(self) -> Self:
        if len(self.filters) != len(self.strides):
            raise ValueError(f"{len(self.filters)} filters, but {len(self.strides)} strides")
        return self


class ResidualNetwork(Strict):
    """Residual convolutions over time with the frequency bins as channels; labels steer the decoder."""

    family: Literal["residual"] = "residual"
    strides: tuple[Stride, ...] = (4, 2, 2)
    encoder_width: int = Field(160, ge=8)
    decoder_width: int = Field(224, ge=8)
    n_blocks: int = Field(1, ge=1, description="residual blocks at each resolution")
    condition_dim: int = Field(64, ge=4)
    pitch_label: str = Field(
        "",
        description="the label that is the MIDI note of a sound: the decoder knows where its harmonics lie",
    )
    input_noise: float = Field(0.0, ge=0, description="deviation of noise added to log_magnitude in training")


class MeanSquaredLoss(Strict):
    """Mean squared error of log_magnitude."""

    kind: Literal["mean-squared"] = "mean-squared"
    scale: float = Field(1.0, gt=0)


class LoudnessWeightedLoss(Strict):
    """Absolute error of log_magnitude and of its slope along frequency; loud cells weigh more."""

    kind: Literal["loudness-weighted"] = "loudness-weighted"
    slope: float = Field(0.7, ge=0)
    quiet_weight: float = Field(0.2, ge=0)
    loud_weight: float = Field(4.0, ge=0)
    loud_from: float = Field(0.4, ge=0, le=1)
    evenness: float = Field(0.0, ge=0, le=1, description="1: clips count alike, however little sounds")
    rounded: float = Field(0.0, ge=0, le=1, description="below this error the cost is a square")
    bands: float = Field(0.0, ge=0, description="weight of the error of the power in auditory bands")
    structure: float = Field(0.0, ge=0, description="weight of the dissimilarity of neighbouring bands")
    peak: float = Field(0.0, ge=0, description="weight of the error of the loudest cells' level")
    scale: float = Field(10.0, gt=0)


class ModelConfig(Strict):
    """Which network learns what."""

    kind: Literal["autoencoder", "variational-autoencoder"]
    latent_dim: int = Field(ge=1, le=1024)
    network: Annotated[ThesisNetwork | ResidualNetwork, Field(discriminator="family")]
    conditional: bool | tuple[LabelName, ...] = Field(
        False, description="labels of the data that steer the decoder: true for all, or their names"
    )
    loss: Annotated[MeanSquaredLoss | LoudnessWeightedLoss, Field(discriminator="kind")]
    beta: float = Field(0.0, ge=0, description="weight of the KL divergence")
    beta_warmup_epochs: int = Field(0, ge=0, description="epochs over which beta rises from 0")
    label_weight: float = Field(1.0, ge=0, description="weight of the cross-entropy of the label heads")


class FitConfig(Strict):
    """How long and how fast."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    optimizer: Literal["adam", "adamw"] = "adam"
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_epochs: int = Field(0, ge=0, description="epochs over which the cosine's rate rises from 0")
    weight_decay: float = Field(0.01, ge=0, description="adamw only")
    max_shift_frames: int = Field(0, ge=0, description="random shift to the right, in frames")
    max_stretch: float = Field(0.0, ge=0, lt=1, description="half the clips are faster or slower, up to this")
    max_transposition: float = Field(0.0, ge=0, lt=1, description="and higher or lower, up to this share")
    max_tone_db: float = Field(0.0, ge=0, description="of another tone and decay, at most")
    layered: float = Field(0.0, ge=0, le=1, description="share of clips that sound with a softer one")
    head_epochs: int = Field(
        0,
        ge=0,
        description="over which label heads that hear z as well are then trained on alone; 0 for others",
    )
    patience: int | None = Field(None, ge=1, description="epochs without a better val_loss before stopping")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"


class SamplingConfig(Strict):
    """The latent distribution that goes into the manifest."""

    own_share: float = Field(0.5, ge=0, le=1)
    bandwidth: float = Field(1.0, ge=0, le=1, description="less than 1 keeps samples near training clips")
    n_neighbours: int = Field(0, ge=0, description="samples lie between a clip and one of this many nearest")
    temperature: float = Field(0.7, gt=0)
    n_clusters: int = Field(32, ge=1, description="components where the data has no labels")

    @model_validator(mode="after")
    def _neighbours_are_used(self) -> Self:
        if self.n_neighbours and self.bandwidth == 1:
            raise ValueError("n_neighbours needs a bandwidth below 1, which is the share of noise")
        return self


class ExportConfig(Strict):
    """How the graphs are stored."""

    weights: Literal["float32", "float16"] = Field("float32", description="float16 halves the files")
    refinement_steps: int = Field(0, ge=0, le=100, description="downhill from the encoder's z")
