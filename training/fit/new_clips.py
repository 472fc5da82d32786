"""Clips of a new label value, with all labels of the model that learns it."""

from collections.abc import Mapping

import numpy as np

from audio.manifest import Manifest
from audio.scale import numbers_of
from training.config import Config
from training.data.dataset import Clips, Dataset
from training.data.labels import CENTS, Fields, is_number
from training.errors import AdaptationError
from training.exported import ExportedModel
from training.fit.spreading import at_all_pitches, at_all_values


def labelled(base: ExportedModel, clips: Clips, given: Mapping[str, str], pitch: str = "") -> Dataset:
    """The clips with every label of the model; values that it does not know come after those it does.

    A number is the nearest value that the model knows; the cents of a pitch are counted from there.

    Args:
        base: the model.
        clips: new.
        given: label -> value of all clips.
        pitch: the label that is the MIDI note of a sound; empty where there is none.

    Raises:
        AdaptationError: a file's name has an unknown value, which only `--label` adds, or a number that is
            none, or no pitch.
    """
    for file, field in zip(clips.files, clips.fields, strict=True):
        _check_fields(file, field, base.manifest, given, pitch)
    posterior = base.encoder({"log_magnitude": clips.log_magnitude.astype(np.float32)})
    values: dict[str, tuple[str, ...]] = {}
    labels, cents = {}, np.array([float(field.get(CENTS, 0)) for field in clips.fields], np.float32)
    for name, known in base.manifest.labels.items():
        recognised = [known[i] for i in posterior[name].argmax(axis=1)]
        column = [
            given.get(name, field.get(name, own)) for field, own in zip(clips.fields, recognised, strict=True)
        ]
        if name in base.manifest.numbers:
            above = np.array([float(number) for number in column])[:, None] - numbers_of(known)
            values[name], labels[name] = known, np.abs(above).argmin(axis=1).astype(np.int32)
            cents += 100 * above[np.arange(len(column)), labels[name]] * (name == pitch)
        else:
            values[name] = (*known, *sorted(set(column) - set(known)))
            labels[name] = np.array([values[name].index(value) for value in column], np.int32)
    return Dataset(clips.log_magnitude, clips.level_db, labels, values, clips.files, cents=cents)


def spread(base: ExportedModel, config: Config, clips: Dataset) -> Dataset:
    """The clips at all values of the numbers that are labels, where the pitch is one of them.

    Raises:
        AdaptationError: a note lies beyond the pitches that the model knows.
    """
    if not config.pitch_label:
        return clips
    clips = at_all_pitches(clips, config.pitch_label)
    for name in base.manifest.labels:
        if name in base.manifest.numbers and name != config.pitch_label:
            clips = at_all_values(clips, name, base.latents)
    return clips


def _check_fields(file: str, field: Fields, manifest: Manifest, given: Mapping[str, str], pitch: str) -> None:
    for name, known in manifest.labels.items():
        value = given.get(name, field.get(name))
        if value is None and name == pitch:
            raise AdaptationError(
                f"{file}: its {pitch} is not known: name it with --pattern, or read it with `python -m "
                "training pitches` and give the table as --labels-file"
            )
        if value is not None and name in manifest.numbers and not is_number(value):
            raise AdaptationError(f"{file}: {name} {value} is no number")
        if value not in {None, given.get(name), *known} and name not in manifest.numbers:
            reason = f"{name} {value} is none of {', '.join(known)}"
            raise AdaptationError(f"{file}: {reason}; give a new value with --label")
