"""What the service can be asked, with types; what is left out, or None, is up to the service."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

Format = Literal["wav", "wav-float", "flac", "ogg", "mp3", "pcm"]
FoundPhase = Literal["griffin-lim", "gradient", "zero"]
Phase = Literal[FoundPhase, "input"]  # that of the upload, for replicas alone
Method = Literal["lerp", "slerp"]

Clip = bytes | Path  # a whole audio file, or where it is
Z = Sequence[float]
Mixture = Mapping[str, str | Mapping[str, float]]  # label -> value, or value -> weight
End = Z | Mapping[str, Any] | Clip  # a z; {"z", "labels", "level_db"}; a clip
Term = tuple[float, Z | Clip]  # a weight, and a z or a clip


class Form(TypedDict, total=False):
    """Of every sound."""

    model: str | None  # name or name@version
    format: Format | None
    phase: Phase | None


class Tone(Form, total=False):
    """Of a replica."""

    labels: Mapping[str, str]


class Draw(Form, total=False):
    """Of a draw."""

    labels: Mapping[str, str]
    seed: int | None
    temperature: float | None


class Place(Form, total=False):
    """Of a point."""

    labels: Mixture
    level_db: float | None
    duration_s: float | None


class Walk(Form, total=False):
    """Of a walk."""

    labels: Mixture
    method: Method
