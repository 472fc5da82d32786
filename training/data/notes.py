"""Labelled notes of the instruments of a General MIDI SoundFont, rendered to a folder of FLAC files.

A note lies at <family>/<instrument>/<pitch>-<velocity>.flac; pitch and velocity are MIDI numbers.
"""

import csv
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.files import write_audio
from training.errors import RecordingsError

Synth = Any  # tinysoundfont's, which is optional

Float32 = NDArray[np.float32]

INSTRUMENTS = Path(__file__).with_name("general_midi.csv")
SAMPLE_RATE = 44_100  # Hz
GAIN_DB = -12.0  # keeps the loudest note below full scale
SILENT_PEAK = 1e-3  # a note below it is left out: the SoundFont has no sound there
RELEASE_S = 3.0  # after which a channel is silent for the next note


class Instrument(NamedTuple):
    """An instrument of General MIDI level 1 and the pitches that it is written for."""

    program: int
    name: str
    family: str
    lowest: int
    highest: int


class Notes(NamedTuple):
    """Which notes of every instrument are rendered, and how long they are."""

    pitches: Sequence[int]
    velocities: Sequence[int]
    hold_s: float  # before the key is released
    release_s: float  # after it


def melodic_instruments() -> list[Instrument]:
    """The instruments that are played at a pitch, by program."""
    with INSTRUMENTS.open(newline="", encoding="utf-8") as file:
        return [
            Instrument(int(r["program"]), r["instrument"], r["family"], int(r["lowest"]), int(r["highest"]))
            for r in csv.DictReader(file)
        ]


def named(instruments: Sequence[Instrument], names: Sequence[str]) -> list[Instrument]:
    """The instruments of these names.

    Raises:
        RecordingsError: there is no instrument of one of them.
    """
    known = {instrument.name: instrument for instrument in instruments}
    if unknown := [name for name in names if name not in known]:
        raise RecordingsError(f"there is no instrument {unknown[0]}: the names are {', '.join(known)}")
    return [known[name] for name in names]


def save_notes(folder: Path, soundfont: Path, instruments: Sequence[Instrument], notes: Notes) -> int:
    """How many notes were written, at least one; those that the SoundFont has no sound for are left out.

    Args:
        folder: new, or written by this function before.
        soundfont: a General MIDI SoundFont, sf2 or sf3.
        instruments: what is rendered, each within its own range.
        notes: which notes.

    Raises:
        RecordingsError: there is no SoundFont, it cannot be read, tinysoundfont is not installed, or no note
            is left.
    """
    synth, number = open_soundfont(soundfont)
    n_notes = 0
    for instrument in track(instruments, description="Rendering notes"):
        if synth.sfpreset_name(number, 0, instrument.program) is None:
            continue
        synth.program_select(0, number, 0, instrument.program)
        home = folder / instrument.family / instrument.name
        home.mkdir(parents=True, exist_ok=True)
        for pitch, velocity in _played(instrument, notes):
            waveform = render(synth, pitch, velocity, notes)
            if np.abs(waveform).max() >= SILENT_PEAK:
                (home / f"{pitch}-{velocity}.flac").write_bytes(write_audio(waveform, SAMPLE_RATE, "flac"))
                n_notes += 1
    if not n_notes:
        raise RecordingsError(
            f"no note was written: {soundfont} has no sound for these instruments, pitches and velocities"
        )
    return n_notes


def open_soundfont(soundfont: Path) -> tuple[Synth, int]:
    """A synthesiser that has loaded a SoundFont, and the number that it has given to it.

    Raises:
        RecordingsError: there is no SoundFont, it cannot be read, or tinysoundfont is not installed.
    """
    if importlib.util.find_spec("tinysoundfont") is None:
        raise RecordingsError("tinysoundfont is not installed: pip install --no-deps tinysoundfont")
    import tinysoundfont

    if not soundfont.is_file():
        raise RecordingsError(
            f"there is no SoundFont {soundfont}: on Debian, apt install fluid-soundfont-gm; elsewhere, name "
            "a General MIDI SoundFont with --soundfont FILE"
        )
    synth = tinysoundfont.Synth(gain=GAIN_DB, samplerate=SAMPLE_RATE)
    try:
        return synth, synth.sfload(str(soundfont))
    except Exception as error:  # tinysoundfont raises Exception itself
        raise RecordingsError(f"{soundfont} is no SoundFont that tinysoundfont can read: {error}") from error


def _played(instrument: Instrument, notes: Notes) -> Iterator[tuple[int, int]]:
    for pitch in notes.pitches:
        if instrument.lowest <= pitch <= instrument.highest:
            yield from ((pitch, velocity) for velocity in notes.velocities)


def render(synth: Synth, pitch: int, velocity: int, notes: Notes) -> Float32:
    """One note of channel 0 from its beginning on, float32 of shape (n_samples,), [-1, 1]."""
    synth.noteon(0, pitch, velocity)
    held = _mono(synth, notes.hold_s)
    synth.noteoff(0, pitch)
    released = _mono(synth, notes.release_s)
    synth.sounds_off(0)
    _mono(synth, RELEASE_S)
    return np.asarray(np.clip(np.concatenate([held, released]), -1, 1), np.float32)


def _mono(synth: Synth, duration_s: float) -> Float32:
    frames = np.frombuffer(synth.generate(round(duration_s * SAMPLE_RATE)), np.float32)
    return np.asarray(frames.reshape(-1, 2).mean(axis=1), np.float32)
