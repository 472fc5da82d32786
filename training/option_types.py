"""What the options of `python -m training` accept; argparse prints why it refuses something else.

Each function raises argparse.ArgumentTypeError.
"""

import argparse
import re
from pathlib import Path

from audio.manifest import MODEL_NAME
from training.config_data import expanded

HIGHEST_MIDI = 127
SHORTEST_S, LONGEST_S = 0.01, 60.0  # of the parts of a note


def path(text: str) -> Path:
    """A path, with `~` replaced by the home directory."""
    try:
        return expanded(Path(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def name(text: str) -> str:
    """The name of a model."""
    if not re.fullmatch(MODEL_NAME, text):
        raise argparse.ArgumentTypeError(f"{text} is not a name: lower-case letters, digits and hyphens")
    return text


def version(text: str) -> int:
    """The version of a model, 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a version: 1, 2, 3, ...")
    return int(text)


def label(text: str) -> tuple[str, str]:
    """The name and the value of a label, as in speaker:anna."""
    key, colon, value = text.partition(":")
    if not colon or not key or not value:
        raise argparse.ArgumentTypeError(f"{text} is not of the form name:value")
    return key, value


def midi_numbers(text: str) -> tuple[int, ...]:
    """MIDI numbers, as in 36-84 or 40,80,120."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not dash:
            last = first
        if not (first.isdecimal() and last.isdecimal()):
            raise argparse.ArgumentTypeError(f"{text} is not of the form 36-84 or 40,80,120")
        found.extend(range(int(first), min(int(last), HIGHEST_MIDI + 1) + 1))  # no more than shows the error
    if not found or max(found) > HIGHEST_MIDI:
        raise argparse.ArgumentTypeError(f"{text} names no MIDI number, 0 to {HIGHEST_MIDI}")
    return tuple(found)


def amount(text: str) -> int:
    """How many of something, 1 to 10000."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 10000")
    return int(text)


def seconds(text: str) -> float:
    """The length of a part of a note, SHORTEST_S to LONGEST_S."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not SHORTEST_S <= found <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text} is not a time: {SHORTEST_S:g} to {LONGEST_S:g} seconds")
    return found


def share(text: str) -> float:
    """A share, above 0 and at most 1."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share: above 0, at most 1")
    return found


def epochs(text: str) -> int:
    """A number of epochs, 1 or more."""
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number of epochs: 1 or more")
    return int(text)
