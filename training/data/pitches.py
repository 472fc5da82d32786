"""The pitch of notes whose names do not say it, read from their sound and written as a table of labels.

docs/decisions/0033-pitch-by-pyin.md has the measurements behind the method and the confidence.
"""

import csv
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import librosa
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.errors import AudioError
from audio.files import SILENCE_DB
from training.data.folder import Found, LeftOut, Recording, find_recordings
from training.data.labels import CENTS, FILE, LEFT_OUT
from training.data.windows import Span, read_spans

Float32 = NDArray[np.float32]

RATE_HZ = 22_050
READ_S = 3.0  # of each recording, from its beginning
LOWEST_HZ, HIGHEST_HZ = 27.5, 4186.0  # A0 and C8, the keys of a piano
FRAME, HOP = 2048, 512  # samples
LOUD_SHARE = 0.1  # of the loudest frame: what is softer is not counted
NEAR = 0.5  # semitones around the median
COLUMNS = (FILE, "midi", "pitch", "note", CENTS, "confidence", LEFT_OUT)


class Pitch(NamedTuple):
    """What is read in one note."""

    midi: float  # MIDI note with decimals, 60 is middle C
    confidence: float  # [0, 1]


def read_pitch(waveform: Float32, sample_rate: int) -> Pitch | None:
    """The median pitch of a sound's voiced frames; None where no frame is voiced.

    The confidence is the mean, over the frames that are not soft, of the probability of being voiced, which
    counts as 0 in frames whose pitch lies elsewhere.

    Args:
        waveform: float32 of shape (n_samples,), full scale is 1.
        sample_rate: Hz.

    Source: Mauch and Dixon 2014, pYIN, as librosa computes it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # few periods of A0 fit into a frame, which is known
        hz, _, probability = librosa.pyin(
            waveform, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate, frame_length=FRAME, hop_length=HOP
        )
    midi = librosa.hz_to_midi(hz)
    if not np.isfinite(midi).any():
        return None
    median = float(np.nanmedian(midi))
    power = librosa.feature.rms(y=waveform, frame_length=FRAME, hop_length=HOP)[0]
    loud = power >= LOUD_SHARE * power.max()
    with np.errstate(invalid="ignore"):
        confident = probability * (np.abs(midi - median) < NEAR)
    return Pitch(median, float(confident[loud].mean()))


def save_pitches(folder: Path, table: Path, least: float) -> tuple[int, list[LeftOut]]:
    """How many notes got a pitch, and which recordings did not and why; all of them are in the table.

    Args:
        folder: of recordings, which stay as they are.
        table: CSV, one row for each recording; `data.labels_file` takes it.
        least: the confidence below which a pitch is no label.

    Raises:
        RecordingsError: the folder cannot be read or holds no recording.
    """
    found = find_recordings(folder)
    rows = list(_rows(found, least))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    left_out = [LeftOut(row[FILE], row[LEFT_OUT]) for row in rows if row[LEFT_OUT]]
    return len(rows) - len(left_out), sorted([*left_out, *found.left_out])


def _rows(found: Found, least: float) -> Iterator[dict[str, str]]:
    """A row of the table for each recording."""
    for recording in track(found.recordings, description="Reading pitches"):
        row = dict.fromkeys(COLUMNS, "") | {FILE: recording.name}
        try:
            pitch = _pitch_of(recording)
        except AudioError as error:
            yield row | {LEFT_OUT: str(error)}
        except OSError as error:
            yield row | {LEFT_OUT: f"it cannot be read: {error.strerror}"}
        else:
            yield row | (_described(pitch, least) if pitch else {LEFT_OUT: "no pitch is found in it"})


def _pitch_of(recording: Recording) -> Pitch | None:
    [waveform] = read_spans(recording.path, RATE_HZ, [Span(0, round(READ_S * RATE_HZ))])
    peak = float(np.abs(waveform).max(initial=0.0))
    return read_pitch(waveform / peak, RATE_HZ) if peak > 10 ** (SILENCE_DB / 20) else None


def _described(pitch: Pitch, least: float) -> dict[str, str]:
    """The cells of a pitch: the nearest note of the equal temperament, and how far above it lies."""
    nearest = round(pitch.midi)
    confidence = f"{math.floor(100 * pitch.confidence) / 100:.2f}"  # not up to the least one
    unsure = f"its confidence of {confidence} lies below {least:g}"
    return {
        "midi": f"{pitch.midi:.2f}",
        "pitch": str(nearest),
        "note": librosa.midi_to_note(nearest, unicode=False),
        CENTS: f"{100 * (pitch.midi - nearest):.0f}",
        "confidence": confidence,
        LEFT_OUT: unsure if pitch.confidence < least else "",
    }
