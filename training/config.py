"""One experiment is one TOML file; everything in it is checked before anything runs.

A key that no setting has is an error, and so is a value outside its range. `--set a.b=value`
overrides one setting. The resolved config is saved with the run, and a run is only ever resumed
with the config it was started with.
"""

import math
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from audio.manifest import MIDI_NOTE, RESERVED, ModelName
from audio.spectrogram_config import SpectrogramConfig
from training.config_data import DataConfig, EvaluatorsConfig, Strict
from training.config_model import (
    ExportConfig,
    FitConfig,
    LoudnessWeightedLoss,
    ModelConfig,
    ResidualNetwork,
    SamplingConfig,
    ThesisNetwork,
)
from training.errors import ConfigError

NEVER_LABELS = RESERVED | {"features", "kl", "loss", "reconstruction"}  # other tensors and logged losses


class Config(Strict):
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
    def _spectrogram_fits_the_network(self) -> Self:
        network, shape = self.model.network, self.spectrogram.image_shape
        if isinstance(network, ThesisNetwork) and any(side % math.prod(network.strides) for side in shape):
            raise ValueError(
                f"model.network.strides multiply to {math.prod(network.strides)}, which does not divide the "
                f"{shape[0]} x {shape[1]} spectrogram: set spectrogram.image_height and image_width"
            )
        return self

    @model_validator(mode="after")
    def _bands_need_every_bin(self) -> Self:
        loss, spectrogram = self.model.loss, self.spectrogram
        whole = (spectrogram.n_bins, spectrogram.n_frames)
        if not isinstance(loss, LoudnessWeightedLoss) or spectrogram.image_shape == whole:
            return self
        for name in ("bands", "structure"):
            if getattr(loss, name):
                raise ValueError(
                    f"model.loss.{name} needs a spectrogram without image_height and image_width"
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
