"""Drum hits from folders of any layout and from the kits of a SoundFont, sorted by what their names say.

A hit lies at <kind>/<kit>/<name>.flac. Sounds whose names say no kind, and loops, are passed over.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from audio.errors import AudioError
from audio.files import Clip, read_audio, write_audio
from audio.formats import AudioLimits
from training.data.folder import LeftOut, Recording, find_recordings
from training.data.notes import SAMPLE_RATE, SILENT_PEAK, Float32, Notes, open_soundfont, render
from training.data.survey import cut_off, report
from training.errors import RecordingsError

MAX_RECORDING_S = 10.0  # what lasts longer is no hit
LIMITS = AudioLimits(max_duration_s=MAX_RECORDING_S)
DRUM_BANK = 128
HIT = Notes(pitches=(), velocities=(), hold_s=0.5, release_s=1.5)
VELOCITY = 110
TUNINGS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # semitones: every hit of a SoundFont is tuned otherwise as well
UNSAFE = re.compile(r"[^a-z0-9]+")
EQUAL = "they are equal to another hit"

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

    Recordings that cannot be used are left out and logged with the reasons, among them what lasts longer
    than MAX_RECORDING_S. What is passed over is counted in the log: names without a kind, loops, repetitions.

    Args:
        folder: of <kind>/<kit>/<name>.flac, mono at SAMPLE_RATE; new, or written by this function before.
        sources: folders of one-shots, of any layout.
        soundfont: whose kits are rendered as well, at all TUNINGS.

    Raises:
        RecordingsError: neither sources nor a SoundFont are given, a folder or the SoundFont cannot be read,
            tinysoundfont is not installed, or no hit is left.
        OSError: the folder cannot be written.
    """
    if not (sources or soundfont):
        raise RecordingsError("name a folder with --from, or a SoundFont with --soundfont")
    kept = _Kept(folder)
    for source in sources:
        _collect(source, kept)
    if soundfont:
        _render(soundfont, kept)
    if not kept.counts:
        raise RecordingsError("no hit was written: no name says a kind, or what says one cannot be used")
    return dict(sorted(kept.counts.items()))


class _Kept:
    """The hits that were written."""

    def __init__(self, folder: Path) -> None:
        self.counts: dict[str, int] = {}  # kind -> number of hits
        self._folder = folder
        self._known: set[str] = set()

    def add(self, hit: Hit) -> bool:
        """Whether the hit was written; not where it sounds like one before, to a hundredth of its peak."""
        peak = float(np.abs(hit.waveform).max())
        digest = hashlib.sha256((hit.waveform / peak).round(2).tobytes()).hexdigest()
        if digest in self._known:
            return False
        self._known.add(digest)
        home = self._folder / hit.kind / hit.kit
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{hit.name}.flac").write_bytes(write_audio(hit.waveform, SAMPLE_RATE, "flac"))
        self.counts[hit.kind] = self.counts.get(hit.kind, 0) + 1
        return True


def _collect(source: Path, kept: _Kept) -> None:
    """Adds the hits of a folder, and reports what is left out."""
    found = find_recordings(source)
    left_out, incomplete = list(found.left_out), []
    passed_over: Counter[str] = Counter()
    for recording in track(found.recordings, description=f"Reading {source.name}"):
        if (kind := kind_of(recording.name)) is None:
            passed_over["their names say no kind, or a loop"] += 1
        elif isinstance(clip := _read(recording), LeftOut):
            left_out.append(clip)
        else:
            *parents, file = recording.name.rpartition(".")[0].split("/")
            kit, *inner = parents or [source.name]
            hit = Hit(kind, _safe(kit), _safe("-".join([*inner, file])), clip.waveform)
            passed_over[EQUAL] += not kept.add(hit)
            incomplete += [] if clip.complete else [recording.name]
    report(left_out, found.n_found, [*found.notes(), *_notes(passed_over), *cut_off(incomplete)])


def _read(recording: Recording) -> Clip | LeftOut:
    """The sound of a recording, or the reason why it cannot be used."""
    try:
        clip = read_audio(recording.path.read_bytes(), SAMPLE_RATE, LIMITS)
    except AudioError as error:
        return LeftOut(recording.name, str(error))
    except OSError as error:
        return LeftOut(recording.name, f"it cannot be read: {error.strerror}")
    if np.abs(clip.waveform).max() < SILENT_PEAK:
        return LeftOut(recording.name, f"its peak lies below {SILENT_PEAK:g} of full scale")
    return clip


def _notes(passed_over: Counter[str]) -> list[str]:
    """A sentence for each reason that sounds are passed over for."""
    return [f"Passed over, since {reason}: {n}." for reason, n in passed_over.items() if n]


def _render(soundfont: Path, kept: _Kept) -> None:
    """Adds the hits of all kits, at all tunings, and reports how many are passed over."""
    passed_over: Counter[str] = Counter()
    for hit in _rendered(soundfont):
        if np.abs(hit.waveform).max() < SILENT_PEAK:
            passed_over["the SoundFont has no sound there"] += 1
        else:
            passed_over[EQUAL] += not kept.add(hit)
    report([], 0, _notes(passed_over))


def _rendered(soundfont: Path) -> Iterator[Hit]:
    """The hits of all kits, at all tunings, silent ones too."""
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
