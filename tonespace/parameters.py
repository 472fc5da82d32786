"""What the service can be asked, with types. What is left out, or None, is up to the service."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Literal, TypedDict

Format = Literal["wav", "wav-float", "flac", "ogg", "mp3", "pcm"]
GeneratedPhase = Literal["griffin-lim", "gradient", "zero"]
Phase = Literal[GeneratedPhase, "input"]  # "input" is the phase of the upload, for /reconstruct alone
Method = Literal["lerp", "slerp"]
InstrumentFormat = Literal["sfz", "hydrogen", "zip"]
PerformFormat = Literal["wav", "pcm", "ogg"]

Clip = bytes | str | os.PathLike[str] | BinaryIO  # a whole audio file, its path, or the open file
Z = Sequence[float]
Mixture = Mapping[str, str | Mapping[str, float]]  # label -> value, or value -> weight
End = Z | Mapping[str, Any] | Clip  # a z; {"z", "labels", "level_db"}; a clip
Term = tuple[float, Z | Clip]  # a weight, and a z or a clip


class SoundOptions(TypedDict, total=False):
    """Options of every verb that returns a sound."""

    model: str | None  # name or name@version
    format: Format | None
    phase: Phase | None


class ReplicaOptions(SoundOptions, total=False):
    """Options of `reconstruct`."""

    labels: Mapping[str, str] | None
    start_s: float | None  # where the model's window begins in the clip, default the onset


class SampleOptions(SoundOptions, total=False):
    """Options of `sample`."""

    labels: Mapping[str, str] | None
    seed: int | None
    temperature: float | None  # 0 to 2: how far samples spread


class PointOptions(SoundOptions, total=False):
    """Options of `generate` and `combine`."""

    labels: Mixture | None
    level_db: float | None  # dBFS of the peak
    duration_s: float | None


class InstrumentOptions(TypedDict, total=False):
    """Options of `instrument`. The timbre is one of z, audio and seed; without any, it is a random sample."""

    model: str | None  # name or name@version
    labels: Mixture | None
    z: Z | None
    audio: Clip | None
    seed: int | None
    temperature: float | None
    pitches: Sequence[int] | None  # MIDI notes
    velocities: Sequence[int] | None
    pads: str | None  # the label whose values become pads
    format: InstrumentFormat | None


class PerformOptions(TypedDict, total=False):
    """Options of `perform`."""

    model: str | None  # name or name@version
    labels: Mapping[str, str] | None
    z: Z | None  # without z and seed, the timbre is a random sample
    seed: int | None
    temperature: float | None
    format: PerformFormat | None


class MorphOptions(SoundOptions, total=False):
    """Options of `morph`."""

    labels: Mixture | None
    method: Method | None
