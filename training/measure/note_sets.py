"""What a model of notes makes of recorded notes or of their labels."""

from collections.abc import Sequence

import numpy as np

from audio.scale import number_weights, numbers_of
from training.config import Config
from training.data.dataset import Dataset, read_windows
from training.data.labels import Fields
from training.exported import ExportedModel, Float32
from training.measure import measures, sounds
from training.measure.recorded_notes import Notes

QUARTER_TONE = 0.5  # semitones


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


def _others(model: ExportedModel, field: Fields, name: str) -> list[str]:
    """The other values of a label that training clips have together with the other labels of a note."""
    labels, columns = model.manifest.labels, model.latents.labels
    together = np.ones(len(model.latents.z_mean), np.bool_)
    own = {other: _nearest_value(model, field, other) for other in labels}
    for other in labels.keys() - {name, "velocity"}:
        together &= columns[other] == labels[other].index(own[other])
    found = {labels[name][i] for i in np.unique(columns[name][together])} - {own[name]}
    return sorted(found) or [own[name]]


def _nearest_value(model: ExportedModel, field: Fields, name: str) -> str:
    """The value of a label that a note has, or of a number the one that is nearest to it."""
    values = model.manifest.labels[name]
    if name not in model.manifest.numbers:
        return field[name]
    return values[int(np.abs(numbers_of(values) - float(field[name])).argmin())]


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
