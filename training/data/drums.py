"""Drum hits from folders of any layout and from the kits of a SoundFont, sorted by what their names say.

A hit lies at <kind>/<kit>/<name>.flac. Sounds whose names say no kind, and loops, are passed over.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from audio.errors import AudioError
from audio.files import read_audio, write_audio
from audio.formats import AudioLimits
from training.data.folder import find_recordings
from training.data.notes import SAMPLE_RATE, SILENT_PEAK, Float32, Notes, open_soundfont, render
from training.errors import RecordingsError

MAX_RECORDING_S = 10.0  # what lasts longer is no hit
DRUM_BANK = 128
HIT = Notes(pitches=(), velocities=(), hold_s=0.5, release_s=1.5)
VELOCITY = 110
TUNINGS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # semitones: every hit of a SoundFont is tuned otherwise as well
UNSAFE = re.compile(r"[^a-z0-9]+")

PASSED_OVER = re.compile(r"\b(loop|roll|fx|xfx|yfx|noise|empty ?sample)\b")
KINDS = {  # kind -> what a name says of it, in words and shorthand; the first that matches counts
    "clap": r"clap|hand ?clap|cp",
    "rim": r"rim|rim ?shot|side ?stick|cross ?stick|rs",
    "open-hat": r"open (hi ?)?hat|hat op(en)?|hh ?open|ohh|ho|hat ring|cymbal open|hhat .* open|hse ohh",
    "closed-hat": r"hat|hhat|hh|chh|hh ?closed|cymbal (closed|pedal)|ht",
    "ride": r"ride|rc|ride bell",
    "crash": r"crash|splash|china|cymbal|cc|elec cymbal",
    "tom": r"[a-z]*tom|tomh|t1|t2|t3|ft|floor ?tom",
    "kick": r"kick|bd|bass drum|drum bass|kik|bdrum|k",
    "snare": r"snare|sn|sd|[a-z]?snare|sr",
    "bell": r"cowbell|bell|agogo|triangle|mc cb|cb|chime",
    "wood": r"wood ?block|wood|claves?|stick",
    "shaker": r"shaker|maracas?|cabasa|tambourine|tamb",
    "hand-drum": r"conga|bongo|timbale|tabla|djembe\d?|kenkeni\d?|sangban\d?|dununba\d?",
}
PERCUSSION = {  # MIDI key of General MIDI percussion -> kind
    **dict.fromkeys((35, 36), "kick"),
    **dict.fromkeys((38, 40), "snare"),
    37: "rim",
    39: "clap",
    **dict.fromkeys((42, 44), "closed-hat"),
    46: "open-hat",
    **dict.fromkeys((41, 43, 45, 47, 48, 50), "tom"),
    **dict.fromkeys((49, 52, 55, 57), "crash"),
    **dict.fromkeys((51, 53, 59), "ride"),
    **dict.fromkeys((56, 67, 68, 80, 81), "bell"),
    **dict.fromkeys((75, 76, 77), "wood"),
    **dict.fromkeys((54, 69, 70, 82), "shaker"),
    **dict.fromkeys((60, 61, 62, 63, 64, 65, 66), "hand-drum"),
}


class Hit(NamedTuple):
    """One drum hit."""

    kind: str
    kit: str
    name: str
    waveform: Float32  # (n_samples,), [-1, 1]


def kind_of(path: str) -> str | None:
    """What a recording is by its name, or else by that of its folder; None where neither says."""
    for name in reversed(re.sub(r"\.[^./]+$", "", path).split("/")):
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        plain = re.sub(r"[^a-z0-9]+", " ", spaced.lower()).strip()
        if PASSED_OVER.search(plain):
            return None
        for kind, words in KINDS.items():
            if re.search(rf"\b({words})s?\d*\b", plain):
                return kind
    return None


def save_drums(folder: Path, sources: Sequence[Path], soundfont: Path | None) -> dict[str, int]:
    """The number of hits of each kind that were written; of equal ones, the first alone.

    Args:
        folder: new, or written by this function before.
        sources: folders of one-shots, of any layout.
        soundfont: whose kits are rendered as well.

    Raises:
        RecordingsError: a folder or the SoundFont cannot be read, or no name says a kind.
    """
    known: set[str] = set()
    counts: dict[str, int] = {}
    for source in sources:
        _save(folder, _collected(source), known, counts)
    if soundfont:
        _save(folder, _rendered(soundfont), known, counts)
    if not counts and not (sources or soundfont):
        raise RecordingsError("name a folder with --from, or a SoundFont with --soundfont")
    if not counts:
        raise RecordingsError("no name says what kind of drum it is")
    return dict(sorted(counts.items()))


def _save(folder: Path, hits: Iterator[Hit], known: set[str], counts: dict[str, int]) -> None:
    for hit in hits:
        peak = float(np.abs(hit.waveform).max(initial=0.0))
        if peak < SILENT_PEAK:
            continue
        digest = hashlib.sha256((hit.waveform / peak).round(2).tobytes()).hexdigest()
        if digest in known:
            continue
        known.add(digest)
        home = folder / hit.kind / hit.kit
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{hit.name}.flac").write_bytes(write_audio(hit.waveform, SAMPLE_RATE, "flac"))
        counts[hit.kind] = counts.get(hit.kind, 0) + 1


def _collected(source: Path) -> Iterator[Hit]:
    limits = AudioLimits(max_duration_s=MAX_RECORDING_S)
    for recording in track(find_recordings(source).recordings, description=f"Reading {source.name}"):
        kind = kind_of(recording.name)
        if kind is None:
            continue
        try:
            clip = read_audio(recording.path.read_bytes(), SAMPLE_RATE, limits)
        except AudioError:
            continue
        *parents, file = recording.name.rpartition(".")[0].split("/")
        yield Hit(kind, _safe(parents[0] if parents else source.name), _safe(file), clip.waveform)


def _rendered(soundfont: Path) -> Iterator[Hit]:
    """The hits of all kits, at all tunings."""
    synth, number = open_soundfont(soundfont)
    for kit in track(range(128), description="Rendering kits"):
        name = synth.sfpreset_name(number, DRUM_BANK, kit)
        if name is None:
            continue
        synth.program_select(0, number, DRUM_BANK, kit, True)
        for tuning in TUNINGS:
            synth.set_tuning(0, tuning)
            for key, kind in PERCUSSION.items():
                waveform = render(synth, key, VELOCITY, HIT)
                yield Hit(kind, _safe(f"{soundfont.stem} {name}"), f"{key}-{tuning:+g}", waveform)


def _safe(name: str) -> str:
    return UNSAFE.sub("-", name.lower()).strip("-")
