"""One experiment is one TOML file; everything in it is checked before anything runs.

A key that no setting has is an error, and so is a value outside its range. `--set a.b=value`
overrides one setting. The resolved config is saved with the run, and a run is only ever resumed
with the config it was started with.
"""

import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from audio.manifest import MIDI_NOTE, RESERVED, LabelName, ModelName
from audio.spectrogram_config import SpectrogramConfig
from training.errors import ConfigError

Stride = Annotated[int, Field(ge=1)]
NEVER_LABELS = RESERVED | {"features", "kl", "loss", "reconstruction"}  # other tensors and logged losses


def expanded(path: Path) -> Path:
    """The path with `~` and `~name` replaced by the home directory.

    Raises:
        ValueError: there is no such home directory.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: no such home directory") from error


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def check_pattern(pattern: str | None) -> None:
    """Lets a pattern pass whose fields are words, each named once.

    Raises:
        ValueError: it is another one.
    """
    names = re.findall(r"\{(\w*)\}", pattern or "")
    if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        raise ValueError(f"pattern {pattern} names a field twice, or not by a word")


class Split(_Strict):
    """Which clips a split holds: those whose `field` lies in `values`, or a fraction of all.

    A fraction is chosen by a hash of the file name, so that a new recording moves no other.
    """

    field: str | None = Field(None, description="a name in the pattern")
    values: str | None = Field(None, description='"0-4" or "anna,ben"; ranges are of whole numbers')
    fraction: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        by_field = self.field is not None and self.values is not None
        if by_field == (self.fraction is not None) or (self.field is None) != (self.values is None):
            raise ValueError("give either field and values, or fraction")
        return self


class DataConfig(_Strict):
    """A folder of recordings and how to read it."""

    name: str
    source: str = "a local folder"
    licence: str = "not stated"
    recordings: Annotated[Path, AfterValidator(expanded)]
    archive_url: str | None = Field(None, description="a ZIP to fetch when the folder does not exist")
    pattern: str | None = Field(
        None,
        description='of the path below the folder without its ending, such as "{digit}_{speaker}_{index}"',
    )
    labels: tuple[LabelName, ...] = Field((), description="those of the recordings that the model learns")
    labels_file: Annotated[Path, AfterValidator(expanded)] | None = Field(
        None,
        description="a CSV table of labels beside those of the pattern: a column `file`, the path below the "
        "folder, and one for each label; what has a text in `left_out` is not used",
    )
    numbers: dict[LabelName, str] = Field(
        {}, description="labels whose values are numbers -> their unit, such as MIDI note"
    )
    similar_labels: Literal["merge", "keep"] = Field(
        "merge", description="label values that differ in upper and lower case alone: one value, or several"
    )
    segment: Literal["start", "onset", "hop"] = Field(
        "start",
        description="clips of a recording: one at its start, one at every onset, or one every hop_s seconds",
    )
    hop_s: float | None = Field(None, gt=0, description="seconds; default: the length of the window")
    min_clip_s: float = Field(0.3, gt=0, description="an onset that follows another sooner begins no clip")
    without: tuple[Split, ...] = Field((), description="clips that are left out of everything, by any rule")
    test: Split | None = None
    validation: Split = Split(fraction=0.1)

    @field_validator("without", mode="before")
    @classmethod
    def _rules(cls, rules: Any) -> Any:
        return (rules,) if isinstance(rules, dict) else rules or ()

    @model_validator(mode="after")
    def _pattern_can_be_read(self) -> Self:
        check_pattern(self.pattern)
        if unknown := sorted(self.numbers.keys() - set(self.labels)):
            raise ValueError(f"data.numbers: {unknown} are not in data.labels")
        return self


class ThesisNetwork(_Strict):
    """The convolutional network of the thesis: 3x3 convolutions, ReLU, BatchNorm, mirrored decoder."""

    family: Literal["thesis"] = "thesis"
    filters: tuple[Annotated[int, Field(ge=1)], ...] = Field((32, 64, 64, 64), min_length=1)
    strides: tuple[Stride, ...] = (1, 2, 2, 1)

    @model_validator(mode="after")
    def _one_stride_a_layer(self) -> Self:
        if len(self.filters) != len(self.strides):
            raise ValueError(f"{len(self.filters)} filters, but {len(self.strides)} strides")
        return self


class ResidualNetwork(_Strict):
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


class MeanSquaredLoss(_Strict):
    """Mean squared error of log_magnitude."""

    kind: Literal["mean-squared"] = "mean-squared"
    scale: float = Field(1.0, gt=0)


class LoudnessWeightedLoss(_Strict):
    """Absolute error of log_magnitude and of its slope along frequency; loud cells weigh more."""

    kind: Literal["loudness-weighted"] = "loudness-weighted"
    slope: float = Field(0.7, ge=0)
    quiet_weight: float = Field(0.2, ge=0)
    loud_weight: float = Field(4.0, ge=0)
    loud_from: float = Field(0.4, ge=0, le=1)
    evenness: float = Field(0.0, ge=0, le=1, description="1: clips count alike, however little sounds")
    rounded: float = Field(0.0, ge=0, le=1, description="below this error the cost is a square")
    scale: float = Field(10.0, gt=0)


class ModelConfig(_Strict):
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


class FitConfig(_Strict):
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
    head_epochs: int = Field(
        0,
        ge=0,
        description="over which label heads that hear z as well are then trained on alone; 0 for others",
    )
    patience: int | None = Field(None, ge=1, description="epochs without a better val_loss before stopping")
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"


class SamplingConfig(_Strict):
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


class ExportConfig(_Strict):
    """How the graphs are stored."""

    weights: Literal["float32", "float16"] = Field("float32", description="float16 halves the files")
    refinement_steps: int = Field(0, ge=0, le=100, description="downhill from the encoder's z")


class UnseenConfig(_Strict):
    """Recordings that took no part in training, which replicas are measured on as well."""

    recordings: Annotated[Path, AfterValidator(expanded)] | None = Field(
        None, description="their folder; default: data.recordings"
    )
    rule: Split | None = Field(None, description="which of them; default: all whose labels are known")


class EvaluatorsConfig(_Strict):
    """What the external evaluators are asked; without it they are not used."""

    word_label: str = Field("", description="the label whose values are said")
    words: dict[str, str] = Field({}, description="value of the label -> the English word")
    speaker_label: str = Field("", description="the label whose values are voices")
    n_clips: int = Field(300, ge=1, description="of each set of notes or hits at most")
    unseen: dict[str, UnseenConfig] = Field({}, description="name of a set -> recordings")


class Config(_Strict):
    """One experiment."""

    name: ModelName
    description: str
    seed: int = Field(0, ge=0)
    data: DataConfig
    spectrogram: SpectrogramConfig
    model: ModelConfig
    fit: FitConfig
    sampling: SamplingConfig = SamplingConfig()
    export: ExportConfig = ExportConfig()
    evaluators: EvaluatorsConfig = EvaluatorsConfig()

    @model_validator(mode="after")
    def _labels_are_known(self) -> Self:
        if self.model.conditional and not self.data.labels:
            raise ValueError("model.conditional needs data.labels")
        if unknown := sorted(set(self.conditions) - set(self.data.labels)):
            raise ValueError(f"model.conditional: {unknown} are not in data.labels")
        pattern = self.data.pattern or ""
        missing = [name for name in self.data.labels if "{" + name + "}" not in pattern]
        if missing and not self.data.labels_file:
            raise ValueError(f"data.pattern does not name the labels {missing}")
        if taken := sorted(NEVER_LABELS & set(self.data.labels)):
            raise ValueError(f"data.labels: {taken} are names of other tensors")
        return self

    @model_validator(mode="after")
    def _evaluators_need_labels(self) -> Self:
        asked = {self.evaluators.word_label, self.evaluators.speaker_label} - {""}
        if unknown := sorted(asked - set(self.data.labels)):
            raise ValueError(f"evaluators: {unknown} are not in data.labels")
        if bool(self.evaluators.words) != bool(self.evaluators.word_label):
            raise ValueError("evaluators.words and evaluators.word_label belong together")
        return self

    @model_validator(mode="after")
    def _picture_fits_the_network(self) -> Self:
        network, shape = self.model.network, self.spectrogram.image_shape
        if isinstance(network, ThesisNetwork) and any(side % math.prod(network.strides) for side in shape):
            raise ValueError(
                f"model.network.strides multiply to {math.prod(network.strides)}, which does not divide the "
                f"{shape[0]} x {shape[1]} spectrogram: set spectrogram.image_height and image_width"
            )
        return self

    @model_validator(mode="after")
    def _pitch_is_a_number(self) -> Self:
        pitch = self.pitch_label
        if pitch and not (self.data.numbers.get(pitch) == MIDI_NOTE and pitch in self.conditions):
            raise ValueError(f"model.network.pitch_label: {pitch} is no {MIDI_NOTE} that steers the decoder")
        return self

    @model_validator(mode="after")
    def _refined_networks_are_residual(self) -> Self:
        if self.export.refinement_steps and not isinstance(self.model.network, ResidualNetwork):
            raise ValueError("export.refinement_steps needs a model.network of the residual family")
        return self

    @property
    def pitch_label(self) -> str:
        """The label that is the MIDI note of the sound; empty where there is none."""
        network = self.model.network
        return network.pitch_label if isinstance(network, ResidualNetwork) else ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The labels that the networks know; empty where there are none."""
        asked = self.model.conditional
        return asked if isinstance(asked, tuple) else self.data.labels if asked else ()


def load_config(path: Path, overrides: list[str] | None = None) -> Config:
    """The checked config of a TOML file.

    Args:
        path: the file.
        overrides: `dotted.key=value` each; the value is TOML, a bare word is a string.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key, a value out of range.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors write a BOM
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    return parse_config(text, overrides, str(path))


def parse_config(text: str, overrides: list[str] | None, origin: str) -> Config:
    """The checked config of a text.

    Args:
        text: TOML.
        overrides: as those of `load_config`.
        origin: where the text comes from, for messages.

    Raises:
        ConfigError: not TOML, an unknown key, a value out of range.
    """
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: is not TOML: {error}") from error
    for override in overrides or []:
        _override(settings, override)
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        found = (f"{'.'.join(map(str, e['loc'])) or 'config'}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{origin}: " + "; ".join(found)) from error


def _override(settings: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ConfigError(f"--set {override}: write it as dotted.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.split(".")
    for parent in parents:
        settings = settings.setdefault(parent, {})
        if not isinstance(settings, dict):
            raise ConfigError(f"--set {override}: {parent} is not a section")
    settings[last] = value
