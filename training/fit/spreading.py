"""A few notes at all values of the numbers that are labels, as a sampler plays them.

Transposed notes lie between their pitches; at a velocity that no note has, all are softer or louder.
"""

import numpy as np
from numpy.typing import NDArray

from audio.model_directory import Latents
from audio.scale import numbers_of
from training.data.dataset import Dataset, joined
from training.errors import AdaptationError
from training.fit.augmentation import stretch

REACH = 3.0  # semitones, by which a note is transposed at most
SPARE = 1.0  # semitones, by which a note may lie further from a pitch than the nearest one and still serve it


def at_all_pitches(clips: Dataset, label: str) -> Dataset:
    """The clips at every value of a pitch within their reach, transposed to it.

    Args:
        clips: notes; their cents count.
        label: the one that is their MIDI note.

    Raises:
        AdaptationError: a note lies beyond the pitches that the label knows.
    """
    scale = numbers_of(clips.values[label])
    notes = scale[clips.labels[label]] + (0.0 if clips.cents is None else clips.cents / 100)
    distances = np.abs(scale[:, None] - notes)  # (n_values, n_clips)
    served = distances <= np.minimum(REACH, distances.min(axis=1, keepdims=True) + SPARE)
    if not served.any(axis=0).all():
        clip = int(np.argmin(served.any(axis=0)))
        beyond = f"its {label} {notes[clip]:g} lies beyond {scale[0]:g} to {scale[-1]:g}"
        raise AdaptationError(f"{clips.files[clip]}: {beyond}, which the model knows")
    values, indices = np.nonzero(served)
    taken = clips.take(indices)
    images = [
        _transposed(image, target - note)
        for image, note, target in zip(taken.log_magnitude, notes[indices], scale[values], strict=True)
    ]
    labels = taken.labels | {label: values.astype(np.int32)}
    return Dataset(np.stack(images), taken.level_db, labels, taken.values, taken.files)


def at_all_values(clips: Dataset, label: str, known: Latents) -> Dataset:
    """The clips, and the same at each value of a number that none of them has.

    They are as much louder or softer there as known clips are on average.

    Args:
        clips: notes.
        label: a number, such as the velocity.
        known: the clips of the model.
    """
    everywhere, present = clips, clips.labels[label]
    for value in sorted(set(range(len(clips.values[label]))) - set(present.tolist())):
        labels = clips.labels | {label: np.full(len(clips), value, np.int32)}
        louder = _mean_levels(known, label, labels[label]) - _mean_levels(known, label, present)
        there = Dataset(clips.log_magnitude, clips.level_db + louder, labels, clips.values, clips.files)
        everywhere = joined(everywhere, there)
    return everywhere


def _transposed(image: NDArray[np.float16], semitones: float) -> NDArray[np.float16]:
    if not semitones:
        return image
    return stretch(image.astype(np.float32), 1, 2 ** (-semitones / 12)).astype(np.float16)


def _mean_levels(known: Latents, label: str, values: NDArray[np.int32]) -> NDArray[np.float32]:
    """The mean level in dB of known clips at each of some values, (n_clips,); 0 where no level is known."""
    if known.level_db is None:
        return np.zeros(len(values), np.float32)
    level_db = known.level_db
    means = {v: level_db[known.labels[label] == v].mean() for v in set(values.tolist())}
    return np.array([means[v] for v in values.tolist()], np.float32)
