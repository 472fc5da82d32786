"""What can be set about the service, read from TONESPACE_* environment variables."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from audio.files import AudioLimits


def _n_usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """The settings of one service; nested ones are written TONESPACE_AUDIO__MAX_DURATION_S."""

    model_config = SettingsConfigDict(env_prefix="TONESPACE_", env_nested_delimiter="__", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65_535)
    models_dir: Path = Path("models")
    default_model: str = Field("digits-vae", description="`name` or `name@version`")
    max_body_bytes: int = Field(10 * 2**20, ge=1)
    audio: AudioLimits = AudioLimits()
    concurrency: int = Field(default_factory=_n_usable_cpus, ge=1, description="requests computed at once")
    queue_limit: int = Field(64, ge=0, description="requests that may wait for their turn")
    deadline_s: float = Field(10.0, gt=0, description="after which nothing more of a request is begun")
    drain_s: float = Field(1.0, ge=0, description="from SIGTERM, told by /health/ready, to the last accept")
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def invalid_settings(error: ValidationError) -> list[str]:
    """What is wrong with each setting, named as its environment variable."""
    return [
        f"TONESPACE_{'__'.join(map(str, problem['loc'])).upper()}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
