"""A timbre and its notes: one point of the space, and what its labels for pitch and velocity do to it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.formats import AudioLimits
from audio.held import Note
from audio.loop import looped
from service.contract.instruments import AskedLabels
from service.errors import UnpitchedModelError
from service.sound.labels import label_vectors
from service.sound.points import point_at, sampled_point
from service.sound.steps import computed_alone
from service.sound.store import Model
from service.sound.synthesis import Point, analyse, decode, point_of_upload

Float32 = NDArray[np.float32]

FULL_VELOCITY = 127
ONSET_DB = -40.0  # under the peak: what comes before is silence
PRE_ROLL_S = 0.002  # kept before the onset, and faded in
N_CACHED = 32  # notes of a worker, 0.4 MB each


class Sample(NamedTuple):
    """A timbre that is sampled."""

    seed: int
    temperature: float


def timbre(
    model: Model,
    asked: Mapping[str, str | Mapping[str, float]],
    z: list[float] | None,
    sample: Sample | None,
    audio: bytes | None = None,
    start_s: float | None = None,
    limits: AudioLimits | None = None,
) -> Point:
    """The point of a timbre, which is given in one of three ways.

    Raises:
        LatentShapeError, LabelError: the model has no such point or labels.
        AudioError, SilentWindowError: the audio cannot be encoded.
    """
    chosen = label_vectors(model.manifest, asked)
    if z is not None:
        return point_at(model, np.array(z, np.float32), chosen)
    if audio is not None:
        analysis, posterior = analyse(model, audio, limits or AudioLimits(), start_s)
        return point_of_upload(model, posterior, chosen, analysis.level_db)
    assert sample is not None
    return sampled_point(model, np.random.default_rng(sample.seed), sample.temperature, chosen)


def of_timbre(model: Model, labels: AskedLabels) -> AskedLabels:
    """The labels without those of single notes."""
    of_notes = {model.manifest.pitch_label, model.manifest.velocity_label}
    return {name: value for name, value in labels.items() if name not in of_notes}


def pitch_of(model: Model) -> str:
    """The label that is the pitch.

    Raises:
        UnpitchedModelError: the model has none.
    """
    if model.manifest.pitch_label is None:
        raise UnpitchedModelError(model.reference, list(model.manifest.labels))
    return model.manifest.pitch_label


def within(model: Model, label: str, number: float) -> float:
    """The nearest number that the label knows."""
    values = model.manifest.labels[label]
    return min(max(number, float(values[0])), float(values[-1]))


def note_at(model: Model, z: list[float], labels: AskedLabels, pitched: bool) -> Note:
    """The note at a point, from its onset on; a pitched one with a loop if it has a sustain."""
    point = point_at(model, np.array(z, np.float32), label_vectors(model.manifest, labels))
    rate = model.manifest.spectrogram.sample_rate
    waveform = computed_alone(decode(model, point, "griffin-lim"))
    if not pitched:
        return Note(_from_onset(waveform, rate), None, rate)
    return Note(*looped(_from_onset(waveform, rate), rate), rate)


def played_note(
    model: Model, z: list[float], labels: AskedLabels, pitch: float, velocity: int
) -> tuple[Note, float]:
    """A note of a melody, and its gain; beyond the velocities of the model it is the nearest one."""
    played, gain = {**labels, pitch_of(model): f"{pitch:g}"}, (velocity / FULL_VELOCITY) ** 2
    if label := model.manifest.velocity_label:
        nearest = within(model, label, velocity)
        played[label] = f"{nearest:g}"
        gain = (velocity / nearest) ** 2
    return _cached_note(model, json.dumps([z, played])), gain


@lru_cache(maxsize=N_CACHED)
def _cached_note(model: Model, point: str) -> Note:
    z, labels = json.loads(point)
    return note_at(model, z, labels, pitched=True)


def _from_onset(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform without what is silent before its onset."""
    size, pre_roll = np.abs(waveform), round(PRE_ROLL_S * sample_rate)
    first = int(np.argmax(size >= size.max() * 10 ** (ONSET_DB / 20)))
    if first <= pre_roll:
        return waveform
    kept = waveform[first - pre_roll :].copy()
    kept[:pre_roll] *= np.linspace(0, 1, pre_roll, dtype=np.float32)
    return kept
