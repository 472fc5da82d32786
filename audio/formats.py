"""The formats of audio files that are written, and the limits of those that are read."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

AudioFormat = Literal["wav", "wav-float", "flac", "ogg", "mp3", "pcm"]
AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)


class AudioLimits(BaseModel):
    """What is accepted of a file before anything is computed on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_sample_rate: int = Field(1_000, ge=1, description="Hz")
    max_sample_rate: int = Field(192_000, ge=1, description="Hz")
    max_channels: int = Field(8, ge=1)
    max_duration_s: float = Field(30.0, gt=0)
