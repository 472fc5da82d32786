"""Notes as they were recorded: clips of a data set, and recordings that took no part in training."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.config_data import DataConfig, UnseenConfig
from training.data.clips import clips_of
from training.data.dataset import Dataset, read_windows
from training.data.folder import LeftOut, Recording, find_recordings
from training.data.labels import CENTS, Fields
from training.data.splits import holds
from training.data.survey import report, survey
from training.data.windows import read_spans
from training.errors import RecordingsError
from training.exported import Float32

Values = Mapping[str, tuple[str, ...]]  # label -> its values


class Notes(NamedTuple):
    """Sounds, and what they are or were asked to be."""

    waveforms: list[Float32]
    fields: list[Fields]  # label -> value; a number that was asked may lie between two values
    originals: list[Float32] | None = None  # of replicas, in the same order


def notes_of(clips: Dataset, config: Config) -> Notes:
    """Some clips of a data set, evenly spread, as they were recorded."""
    some = clips.take(spread(len(clips), config.evaluators.n_clips))
    cents = np.zeros(len(some)) if some.cents is None else some.cents
    fields = [
        _sounding(
            {name: clips.values[name][column[i]] for name, column in some.labels.items()}, config, cents[i]
        )
        for i in range(len(some))
    ]
    return Notes(read_windows(config.data.recordings, some, config.spectrogram), fields)


def check_unseen(config: Config, known: Values) -> None:
    """Raise unless there is something to measure in each unseen set.

    Sets that are part of config.data.recordings pass while that folder is yet to be fetched.

    Args:
        config: which sets there are, and how they are read.
        known: the labels of the model.

    Raises:
        RecordingsError: as `unseen_recordings`.
    """
    for name, unseen in config.evaluators.unseen.items():
        if unseen.recordings or config.data.recordings.is_dir():
            unseen_recordings(name, config, known)


def unseen_recordings(name: str, config: Config, known: Values) -> list[tuple[Recording, Fields]]:
    """The recordings of an unseen set whose labels are known, and what is known of each.

    Args:
        name: of the set in config.evaluators.unseen.
        config: how they are read.
        known: the labels of the model. What has other values is left out; those of numbers and of the field
            of the rule are free.

    Raises:
        RecordingsError: the folder is missing, cannot be read, or holds no such recording; the error names it
            and the key of the config.
    """
    unseen = config.evaluators.unseen[name]
    data = _data_of(unseen, config)
    free = set(config.data.numbers) | ({unseen.rule.field} if unseen.rule else set())
    try:
        surveyed = survey(data, find_recordings(data.recordings))
        kept = [
            (recording, field)
            for recording, field in zip(surveyed.recordings, surveyed.fields, strict=True)
            if (unseen.rule is None or holds(unseen.rule, recording.name, field, salt="unseen"))
            and all(n in field and (n in free or field[n] in values) for n, values in known.items())
        ]
        if not kept:
            raise RecordingsError(f"{data.recordings} holds no recording whose labels the model knows")
    except RecordingsError as error:
        raise RecordingsError(f'evaluators.unseen."{name}": {error}') from error
    return kept


def unseen_notes(name: str, config: Config, known: Values) -> Notes:
    """Recordings that took no part in training, evenly spread; those that cannot be read are reported.

    Args:
        name: of the set in config.evaluators.unseen.
        config: how they are read.
        known: the labels of the model.

    Raises:
        RecordingsError: as `unseen_recordings`.
    """
    data = _data_of(config.evaluators.unseen[name], config)
    found = unseen_recordings(name, config, known)
    chosen = [found[i] for i in spread(len(found), config.evaluators.n_clips)]
    transform, rate = SpectrogramTransform(config.spectrogram), config.spectrogram.sample_rate
    waveforms, fields = [], []
    left_out: list[LeftOut] = []
    for clip in clips_of([recording for recording, _ in chosen], data, config.spectrogram, left_out, []):
        recording, field = chosen[clip.recording]
        waveforms += [transform.fit_length(w)[0] for w in read_spans(recording.path, rate, [clip.span])]
        fields.append(_sounding(field, config, float(field.get(CENTS, 0))))
    report(left_out, len(chosen), [])
    return Notes(waveforms, fields)


def spread(n: int, n_wanted: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The indices of so many of n things, or of all there are, evenly spread."""
    return np.unique(np.linspace(0, n - 1, n_wanted).round().astype(np.intp))


def _data_of(unseen: UnseenConfig, config: Config) -> DataConfig:
    """How an unseen set is read; in the folder of the clips, their table of labels holds as well."""
    folder = unseen.recordings or config.data.recordings
    table = None if unseen.recordings else config.data.labels_file
    return DataConfig(name=str(folder), recordings=folder, pattern=config.data.pattern, labels_file=table)


def _sounding(field: Fields, config: Config, cents: float) -> Fields:
    """The labels of a recording with the pitch that it has, which may lie between two notes."""
    name = config.pitch_label
    return field | {name: f"{float(field[name]) + cents / 100:g}"} if name else field
