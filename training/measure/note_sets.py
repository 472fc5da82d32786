"""Sets of notes: recordings, and what a model of notes makes of them or of their labels."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from audio.scale import number_weights
from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.config_data import DataConfig, UnseenConfig
from training.data.clips import clips_of
from training.data.dataset import Dataset, read_windows
from training.data.folder import find_recordings
from training.data.labels import Fields
from training.data.splits import holds
from training.data.survey import survey
from training.data.windows import read_spans
from training.exported import ExportedModel, Float32
from training.measure import measures, sounds

Values = Mapping[str, tuple[str, ...]]  # label -> its values

QUARTER_TONE = 0.5  # semitones


class Notes(NamedTuple):
    """Sounds, and what they are or were asked to be."""

    waveforms: list[Float32]
    fields: list[Fields]  # label -> value; a number that was asked may lie between two values
    originals: list[Float32] | None = None  # of replicas, in the same order


def notes_of(clips: Dataset, config: Config) -> Notes:
    """Some clips of a data set, evenly spread, as they were recorded."""
    some = clips.take(_spread(len(clips), config.evaluators.n_clips))
    fields = [
        {name: clips.values[name][column[i]] for name, column in some.labels.items()}
        for i in range(len(some))
    ]
    return Notes(read_windows(config.data.recordings, some, config.spectrogram), fields)


def unseen_notes(unseen: UnseenConfig, config: Config, known: Values) -> Notes:
    """Recordings that took no part in training, evenly spread.

    Args:
        unseen: which.
        config: how they are read.
        known: the labels of the model. What has other values is left out; those of numbers and of the field
            of the rule are free.
    """
    folder = unseen.recordings or config.data.recordings
    data = DataConfig(name=str(folder), recordings=folder, pattern=config.data.pattern)
    surveyed = survey(data, find_recordings(folder))
    free = set(config.data.numbers) | ({unseen.rule.field} if unseen.rule else set())
    kept = [
        (recording, field)
        for recording, field in zip(surveyed.recordings, surveyed.fields, strict=True)
        if (unseen.rule is None or holds(unseen.rule, recording.name, field, salt="unseen"))
        and all(field[name] in values for name, values in known.items() if name not in free)
    ]
    chosen = [kept[i] for i in _spread(len(kept), config.evaluators.n_clips)]
    transform, rate = SpectrogramTransform(config.spectrogram), config.spectrogram.sample_rate
    waveforms, fields = [], []
    for clip in clips_of([recording for recording, _ in chosen], data, config.spectrogram, [], []):
        recording, field = chosen[clip.recording]
        waveforms += [transform.fit_length(w)[0] for w in read_spans(recording.path, rate, [clip.span])]
        fields.append(field)
    return Notes(waveforms, fields)


def replicas(model: ExportedModel, notes: Notes) -> Notes:
    """The notes encoded and decoded again, with the labels that the model recognises."""
    images, levels = model.spectrograms(notes.waveforms)
    made = model.waveforms(model.reconstruct(images), levels, "Replicas")
    return Notes(made, notes.fields, notes.waveforms)


def inverted(model: ExportedModel, notes: Notes) -> Notes:
    """The true spectrograms of the notes through the same inverse."""
    made = model.waveforms(*model.spectrograms(notes.waveforms), "Inverting")
    return Notes(made, notes.fields, notes.waveforms)


def nearest_clips(notes: Notes, train: Dataset, model: ExportedModel, config: Config) -> Notes:
    """The training clip whose spectrogram is nearest to each note: what a replica has to beat."""
    found = train.take(measures.nearest(model.spectrograms(notes.waveforms)[0], train.log_magnitude))
    return Notes(
        read_windows(config.data.recordings, found, config.spectrogram), notes.fields, notes.waveforms
    )


def noise(notes: Notes, rng: np.random.Generator) -> Notes:
    """White noise as long and as loud as each note: the lower reference."""
    return Notes(sounds.noise(notes.waveforms, rng), notes.fields, notes.waveforms)


def sampled(model: ExportedModel, fields: Sequence[Fields], rng: np.random.Generator) -> Notes:
    """A sample for each set of labels, as loud as the training clips near to it."""
    images, levels = sampled_images(model, fields, rng)
    return Notes(model.waveforms(images, levels, "Samples"), list(fields))


def sampled_images(
    model: ExportedModel, fields: Sequence[Fields], rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """The spectrograms (n, H, W, 1) and levels (n,), dBFS, of a sample for each set of labels."""
    z, labels, levels = sampled_points(model, fields, rng)
    return model.decode_weighted(z, labels), levels


def sampled_points(
    model: ExportedModel, fields: Sequence[Fields], rng: np.random.Generator
) -> tuple[Float32, dict[str, Float32], Float32]:
    """The z (n, latent_dim), label weights (n, n_values) and levels (n,), dBFS, of the same samples."""
    z, levels, weights = [], [], [_weights(model, field) for field in fields]
    temperature = model.manifest.latent_distribution.temperature
    for asked in weights:
        point = model.mixture.sample(rng, temperature, model.mixture.matching(asked), asked)
        level_db = model.mixture.level_db(point.component, asked)
        z.append(point.z)
        levels.append(model.manifest.level_db if level_db is None else level_db)
    labels = {name: np.stack([asked[name] for asked in weights]) for name in model.manifest.labels}
    return np.stack(z).astype(np.float32), labels, np.array(levels, np.float32)


def converted(model: ExportedModel, notes: Notes, name: str, rng: np.random.Generator) -> Notes:
    """The notes converted to another value of a label that training clips have with their other labels."""
    images, levels = model.spectrograms(notes.waveforms)
    values = model.manifest.labels[name]
    wanted = [str(rng.choice(_others(model, field, name))) for field in notes.fields]
    made = model.converted(images, name, np.array([values.index(value) for value in wanted]))
    fields = [_consistent(model, f | {name: v}) for f, v in zip(notes.fields, wanted, strict=True)]
    return Notes(model.waveforms(made, levels, f"Other {name}"), fields)


def a_quarter_tone_off(fields: Sequence[Fields], pitch: str, scale: Sequence[str]) -> list[Fields]:
    """The same labels a quarter tone higher, or lower where that leaves the scale."""
    notes = [float(field[pitch]) for field in fields]
    moved = [n + QUARTER_TONE if n < float(scale[-1]) else n - QUARTER_TONE for n in notes]
    return [field | {pitch: f"{note:g}"} for field, note in zip(fields, moved, strict=True)]


def _spread(n: int, n_wanted: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.unique(np.linspace(0, n - 1, n_wanted).round().astype(np.intp))


def _others(model: ExportedModel, field: Fields, name: str) -> list[str]:
    """The other values of a label that training clips have together with the other labels of a note."""
    labels, columns = model.manifest.labels, model.latents.labels
    together = np.ones(len(model.latents.z_mean), np.bool_)
    for other in labels.keys() - {name, "velocity"}:
        together &= columns[other] == labels[other].index(field[other])
    found = {labels[name][i] for i in np.unique(columns[name][together])} - {field[name]}
    return sorted(found) or [field[name]]


def _consistent(model: ExportedModel, field: Fields) -> Fields:
    """The labels with those that follow from them, such as the family of an instrument."""
    labels, columns = model.manifest.labels, model.latents.labels
    for name, values in model.manifest.clip_labels.items():
        together = np.ones(len(model.latents.z_mean), np.bool_)
        for known in labels.keys() - model.manifest.numbers.keys():
            together &= columns[known] == labels[known].index(field[known])
        field = field | {name: values[np.bincount(columns[name][together]).argmax()]}
    return field


def _weights(model: ExportedModel, field: Fields) -> dict[str, Float32]:
    """The labels of a note as the decoder takes them."""
    return {
        name: number_weights(float(field[name]), values)
        if name in model.manifest.numbers
        else np.array([value == field[name] for value in values], np.float32)
        for name, values in model.manifest.labels.items()
    }
