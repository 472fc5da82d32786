"""What people and programs read of a result."""

import dataclasses
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from tonespace.answers import Encoded, LabelWeights, Sound


def print_every_character() -> None:
    """Makes characters that the output's encoding lacks, as in odd file names, come out as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def errors() -> Console:
    """Standard error, coloured where it is a terminal."""
    return Console(stderr=True, highlight=False)


def warn(text: str) -> None:
    """Prints a line beside the results."""
    print(text, file=sys.stderr)


def sentence(error: Exception) -> str:
    """What went wrong, for people; of a system error the file and the cause, without its number."""
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)


def print_json(record: Mapping[str, Any]) -> None:
    """Prints one object on one line."""
    print(json.dumps(record), flush=True)


def print_sound(sound: Sound, path: Path | None, as_json: bool) -> None:
    """Prints where a sound was written and a summary; nothing where standard output is the sound itself."""
    if path is None:
        return
    if as_json:
        record = {f.name: getattr(sound, f.name) for f in dataclasses.fields(sound) if f.name != "audio"}
        print_json({"file": str(path), **record})
    else:
        print(f"{path}  {summary(sound)}", flush=True)


def print_encoded(encoded: Encoded, name: str, as_json: bool) -> None:
    """Prints the likeliest labels, the level, the duration and z of a clip."""
    if as_json:
        print_json({"file": name, **dataclasses.asdict(encoded)})
        return
    words = [f"{encoded.model}@{encoded.version}", *likeliest(encoded.labels, with_weight=True)]
    words += [f"{encoded.level_db:.1f} dB", f"{encoded.duration_s:.2f} s"]
    words += reading(encoded)
    if encoded.familiarity and not encoded.familiarity["familiar"]:
        words.append("unlike the training data, so the labels can be wrong")
    print(f"{name}  {', '.join(words)}")
    print(f"  z {','.join(f'{value:.4g}' for value in encoded.z_mean)}", flush=True)


def summary(sound: Sound) -> str:
    """The model, the seed, the likeliest labels and the length of a sound, and what it is converted from."""
    words = [sound.model]
    words += [f"seed {sound.seed}"] if sound.seed is not None else []
    words += likeliest(sound.labels or {}, with_weight=False)
    words += [f"{sound.duration_s:.2f} s"] if sound.duration_s is not None else []
    if sound.nearest:
        words.append(
            f"converted from {', '.join(f'{name} {value}' for name, value in sound.nearest.items())}"
        )
    if sound.quality:
        words.append(f"{sound.quality['log_spectral_distance_db']:.1f} dB from the original")
    return ", ".join(words + reading(sound))


def reading(answer: Encoded | Sound) -> list[str]:
    """What was read of the clip, where that is not all of it; nothing of a sound without a clip."""
    words = [f"from {answer.offset_s:.2f} s"] if answer.offset_s else []
    words += ["cut to the model's window"] if answer.truncated else []
    words += [f"channel {answer.channel} alone"] if answer.channel else []
    return words + (["the file is cut short or damaged"] if answer.complete is False else [])


def likeliest(labels: LabelWeights, with_weight: bool) -> list[str]:
    """The likeliest value of each label and those at least half as likely: a pitch of 60 can be 59 and 61."""
    words = []
    for name, weights in labels.items():
        heaviest = max(weights.values())
        values = [value for value, weight in weights.items() if weight >= heaviest / 2]
        shown = (value + (f" ({weights[value]:.0%})" if with_weight else "") for value in values)
        words.append(f"{name} {' and '.join(shown)}")
    return words
