"""A melody in a timbre: the notes of a MIDI file or of a recording, played a part at a time."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from audio.formats import AudioLimits
from audio.pitch import OCTAVE
from service.contract.instruments import PerformancePlan, PlayedNote
from service.contract.tasks import Facts, PerformTask, Rendered, SegmentTask
from service.errors import NoNotesError
from service.sound.exact_point import ExactPoint
from service.sound.labels import label_vectors, parse_labels
from service.sound.melody import read_melody
from service.sound.midi import BEGINS, read_midi
from service.sound.steps import Steps, in_steps
from service.sound.store import Model
from service.sound.timbre import Sample, of_timbre, pitch_of, played_note, timbre, within

Float32 = NDArray[np.float32]

KNEE = 0.7  # of full scale: louder samples are bent, so that chords are not clipped
PCM_SCALE = 32_767


def plan(model: Model, task: PerformTask, limits: AudioLimits) -> Rendered:
    """The notes of a melody and the timbre as JSON; everything is checked before a sound is computed.

    Notes beyond the model's pitches are moved by octaves to the nearest it has.

    Raises:
        UnpitchedModelError: the model has no pitch.
        LatentShapeError, LabelError: the model has no such point or labels.
        MidiError, MelodyTooLongError, NoNotesError, AudioError: the melody cannot be read or played.
    """
    pitch = pitch_of(model)
    query = task.query
    labels = parse_labels(query.label)
    label_vectors(model.manifest, labels)
    notes, n_left_out = _notes(task.upload, limits)
    if not notes:
        raise NoNotesError(n_left_out)
    sample = None
    if query.seed is not None and query.temperature is not None:
        sample = Sample(query.seed, query.temperature)
    exact = ExactPoint.of(model.manifest, timbre(model, labels, query.z, sample))
    window_s, rate = model.manifest.spectrogram.duration_s, model.manifest.spectrogram.sample_rate
    end_s = max(note.onset_s + note.held_s for note in notes) + window_s
    planned = PerformancePlan(
        z=exact.z,
        labels=of_timbre(model, exact.asked_labels),
        notes=[_transposed(model, pitch, note) for note in notes],
        n_left_out=n_left_out,
        n_samples=round(end_s * rate),
        sample_rate=rate,
        ring_s=window_s,
    )
    facts = Facts(model.reference, rate, None, query.seed, None, exact.z_text, planned.labels)
    return Rendered(planned.model_dump_json().encode(), facts)


def segment(model: Model, task: SegmentTask) -> Steps[Rendered]:
    """A part of a melody as 16-bit samples, a step for each note."""
    rate = model.manifest.spectrogram.sample_rate
    parts = yield from in_steps(partial(_part, model, task, rate), task.notes)
    mixed = np.zeros(task.last - task.first, np.float32)
    for start, part in parts:
        mixed[start : start + part.size] += part
    return Rendered((_bent(mixed) * PCM_SCALE).round().astype("<i2").tobytes())


def _notes(upload: bytes, limits: AudioLimits) -> tuple[list[PlayedNote], int]:
    if upload.startswith(BEGINS):
        return read_midi(upload)
    return read_melody(upload, limits), 0


def _transposed(model: Model, label: str, note: PlayedNote) -> PlayedNote:
    """The note, moved by octaves into the scale of the model."""
    excess = note.pitch - within(model, label, note.pitch)
    n_octaves = np.copysign(np.ceil(abs(excess) / OCTAVE), excess)
    return note._replace(pitch=within(model, label, float(note.pitch - OCTAVE * n_octaves)))


def _part(model: Model, task: SegmentTask, rate: int, note: PlayedNote) -> tuple[int, Float32]:
    """What sounds of a note between `first` and `last`, and where it begins there."""
    sound, gain = played_note(model, task.z, task.labels, note.pitch, note.velocity)
    onset, n_held = round(note.onset_s * rate), round(note.held_s * rate)
    begin = max(task.first, onset)
    part = sound.part(n_held, begin - onset, max(begin, task.last) - onset)
    return begin - task.first, part * np.float32(gain)


def _bent(waveform: Float32) -> Float32:
    """The waveform within full scale; what is beyond the knee is bent smoothly."""
    beyond = np.maximum(np.abs(waveform) - KNEE, 0)
    bent = KNEE + (1 - KNEE) * np.tanh(beyond / (1 - KNEE))
    return np.asarray(np.where(beyond > 0, np.sign(waveform) * bent, waveform), np.float32)
