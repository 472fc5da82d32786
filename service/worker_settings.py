"""The settings of the processes that have the models, as plain values: they load no pydantic-settings."""

from pathlib import Path
from typing import Literal, NamedTuple

from audio.formats import AudioLimits

Provider = Literal["auto", "cpu", "cuda"]


class WorkerSettings(NamedTuple):
    """The part of the settings that these processes need, under the same names."""

    models_dir: Path
    models: tuple[str, ...]
    default_model: str
    provider: Provider
    audio: AudioLimits
    log_level: str
    log_format: str
