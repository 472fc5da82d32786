"""The formats of audio files that are written, and the extensions and limits of those that are read."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

AudioFormat = Literal["wav", "wav-float", "flac", "ogg", "mp3", "pcm"]
AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)
EXTENSIONS = frozenset(  # of the files that are read, by which they are found in a folder
    {".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"}
    | {".sph", ".nist", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".m4b", ".m4r", ".mp4"}
    | {".mov", ".3gp", ".3g2", ".amr", ".aac", ".webm", ".weba", ".mka", ".mkv", ".wv"}
)


class AudioLimits(BaseModel):
    """What is accepted of a file before anything is computed on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_sample_rate: int = Field(1_000, ge=1, description="Hz")
    max_sample_rate: int = Field(192_000, ge=1, description="Hz")
    max_channels: int = Field(8, ge=1)
    max_duration_s: float = Field(30.0, gt=0)
