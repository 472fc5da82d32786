"""The keys of an instrument, and the file of each."""

from itertools import count, cycle

import numpy as np

from audio.containers import with_sampler
from audio.files import write_audio
from audio.formats import AudioLimits
from service.contract.instruments import AskedLabels, InstrumentBody, InstrumentPlan, Key, NoteFacts
from service.contract.tasks import Facts, InstrumentTask, NoteTask, Rendered
from service.errors import UnknownLabelError
from service.sound.exact_point import ExactPoint
from service.sound.labels import label_vectors
from service.sound.store import Model
from service.sound.synthesis import Point
from service.sound.timbre import (
    FULL_VELOCITY,
    Sample,
    note_at,
    of_timbre,
    pitch_of,
    timbre,
)

FIRST_PAD = 36  # MIDI note, where General MIDI has the bass drum
MAX_PADS = 64
NAMES = ("C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B")
FILE_PEAK = 0.9
SILENCE = 1e-6


def plan(model: Model, task: InstrumentTask, limits: AudioLimits) -> Rendered:
    """The keys and layers of an instrument as JSON; every label is checked before a sound is computed.

    Raises:
        UnpitchedModelError: the model has no pitch, and no pads are asked for.
        LatentShapeError, LabelError: the model has no such point, labels or numbers.
        AudioError, SilentWindowError: the audio cannot be encoded.
    """
    body = task.body
    velocities = _velocities(model, body)
    if body.pads is not None:
        points, keys = _pads(model, body, limits)
    else:
        points, keys = _pitches(model, body, limits)
    for key in keys:
        for velocity in velocities:
            label_vectors(model.manifest, _labels(model, key, velocity))
    planned = InstrumentPlan(keys=keys, velocities=velocities)
    facts = Facts(model.reference, model.manifest.spectrogram.sample_rate, None, body.seed)
    if len(points) == 1:
        point = ExactPoint.of(model.manifest, points[0])
        facts = facts._replace(z_text=point.z_text, labels=of_timbre(model, point.asked_labels))
    return Rendered(planned.model_dump_json().encode(), facts)


def note_file(model: Model, task: NoteTask) -> Rendered:
    """One key at one velocity as a WAV file at its full level, with its loop, and its facts."""
    key = task.key
    labels = _labels(model, key, task.velocity)
    note = note_at(model, key.z, labels, key.pitched)
    peak = max(float(np.abs(note.waveform).max()), SILENCE)
    waveform = note.waveform * np.float32(FILE_PEAK / peak)
    loop = (note.loop.start, note.loop.end) if note.loop else None
    wav = write_audio(waveform, note.sample_rate, "wav", task.recipe)
    level_db = 20 * np.log10(peak / FILE_PEAK)
    if task.velocity is not None:  # samplers make softer keys softer, which the model has done already
        level_db += 40 * np.log10(FULL_VELOCITY / task.velocity)
    decay_db_s = note.loop.decay_db_s if note.loop else 0.0
    facts = NoteFacts(float(level_db), loop, decay_db_s, waveform.size, note.sample_rate)
    return Rendered(with_sampler(wav, note.sample_rate, key.key, loop), note=facts)


def _labels(model: Model, key: Key, velocity: int | None) -> AskedLabels:
    label = model.manifest.velocity_label
    return key.labels if label is None else {**key.labels, label: str(velocity)}


def _velocities(model: Model, body: InstrumentBody) -> list[int | None]:
    label = model.manifest.velocity_label
    if label is None:
        if body.velocities:
            raise UnknownLabelError(model.reference, "velocity", list(model.manifest.labels))
        return [None]
    if body.velocities:
        return [*sorted(set(body.velocities))]
    return [round(float(value)) for value in model.manifest.labels[label]]


def _pitches(model: Model, body: InstrumentBody, limits: AudioLimits) -> tuple[list[Point], list[Key]]:
    """One timbre at all asked pitches."""
    label = pitch_of(model)
    scale = model.manifest.labels[label]
    asked = body.pitches or range(int(np.ceil(float(scale[0]))), int(float(scale[-1])) + 1)
    point = _timbre(model, body, body.labels, limits)
    exact = ExactPoint.of(model.manifest, point)
    keys = [
        Key(
            key=pitch,
            name=f"{NAMES[pitch % 12]}{pitch // 12 - 1}",
            z=exact.z,
            labels={**exact.asked_labels, label: str(pitch)},
            pitched=True,
        )
        for pitch in sorted(set(asked))
    ]
    return [point], keys


def _pads(model: Model, body: InstrumentBody, limits: AudioLimits) -> tuple[list[Point], list[Key]]:
    """One sound for each value of a label."""
    assert body.pads is not None
    if body.pads not in model.manifest.labels:
        raise UnknownLabelError(model.reference, body.pads, list(model.manifest.labels))
    values = model.manifest.labels[body.pads][:MAX_PADS]
    if body.seed is None:
        points = [_timbre(model, body, body.labels, limits)]
    else:
        points = [_timbre(model, body, {**body.labels, body.pads: value}, limits) for value in values]
    exact = [ExactPoint.of(model.manifest, point) for point in points]
    keys = [
        Key(key=key, name=value, z=at.z, labels={**at.asked_labels, body.pads: value}, pitched=False)
        for key, value, at in zip(count(FIRST_PAD), values, cycle(exact), strict=False)
    ]
    return points, keys


def _timbre(model: Model, body: InstrumentBody, labels: AskedLabels, limits: AudioLimits) -> Point:
    sample = None
    if body.seed is not None and body.temperature is not None:
        sample = Sample(body.seed, body.temperature)
    return timbre(model, labels, body.z, sample, body.audio, body.start_s, limits)
