"""The latents of a model that has learnt new label values: known clips, new ones, and converted ones."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audio.latents import LatentMixture
from audio.model_directory import Latents
from training.data.dataset import Dataset
from training.data.labels import Fields
from training.exported import ExportedModel
from training.networks.growth import Values

CONVERTED_CLIPS = 10  # of each known combination of labels, moved to where the new value lies

Float32 = NDArray[np.float32]


def widened(base: ExportedModel, clips: Dataset, z: Float32, fields: Sequence[Fields]) -> Latents:
    """The latents of the model with those of the new clips.

    A label that the networks do not know, such as a family, is that of most of the names, or else of most of
    the known clips that are nearest.

    Args:
        base: the model before.
        clips: new, with all labels of the networks.
        z: of the new clips, (n_clips, latent_dim).
        fields: what is known of the recordings.
    """
    labels = dict(clips.labels)
    for name, values in base.manifest.clip_labels.items():
        named = [values.index(field[name]) for field in fields if field.get(name) in values]
        found = named or base.latents.labels[name][_nearest(base.latents.z_mean, z)].tolist()
        labels[name] = np.full(len(z), np.bincount(found).argmax(), np.int32)
    return _joined(base, base.latents, Latents(z, np.zeros(0, np.int32), labels, clips.level_db))


def with_converted(latents: Latents, base: ExportedModel, values: Values) -> Latents:
    """The latents and known clips converted to the new values.

    A few clips do not show how a new value varies; the converted clips do, by how the known values vary.

    Args:
        latents: with some clips of the new values.
        base: the model before.
        values: label -> its values, first those of the model, then the new ones.
    """
    old, all_clips = base.latents, latents
    mixture = LatentMixture(latents, base.manifest.latent_distribution, base.manifest.numbers)
    groups = _combinations(base, old.labels)
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    sources = np.concatenate([m[:: max(1, len(m) // CONVERTED_CLIPS)] for m in members])
    here = {n: np.eye(len(values[n]), dtype=np.float32)[old.labels[n][sources]] for n in values}
    for name, value in new_values(values, base.manifest.labels):
        there = here | {name: np.eye(len(values[name]), dtype=np.float32)[[value] * len(sources)]}
        points = []
        for i, source in enumerate(sources):
            wanted, current = ({n: vectors[i] for n, vectors in both.items()} for both in (there, here))
            points.append(mixture.converted(old.z_mean[source], current, wanted))
        labels = {n: column[sources] for n, column in old.labels.items()}
        labels |= {n: there[n].argmax(axis=1).astype(np.int32) for n in values}
        level_db = None if old.level_db is None else old.level_db[sources]
        all_clips = _joined(
            base, all_clips, Latents(np.stack(points), np.zeros(0, np.int32), labels, level_db)
        )
    return all_clips


def new_values(values: Values, known: Values) -> list[tuple[str, int]]:
    """Label and index of each value that is not known."""
    return [(name, i) for name in values for i in range(len(known[name]), len(values[name]))]


def _joined(base: ExportedModel, some: Latents, others: Latents) -> Latents:
    labels = {n: np.concatenate([column, others.labels[n]]) for n, column in some.labels.items()}
    level_db = None
    if some.level_db is not None and others.level_db is not None:
        level_db = np.concatenate([some.level_db, others.level_db])
    z = np.concatenate([some.z_mean, others.z_mean])
    return Latents(z, _combinations(base, labels), labels, level_db)


def _combinations(base: ExportedModel, labels: Mapping[str, NDArray[np.int32]]) -> NDArray[np.int32]:
    """Of each clip, the number of its combination of labels that are no numbers."""
    columns = np.stack([column for n, column in labels.items() if n not in base.manifest.numbers], axis=1)
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)


def _nearest(known: Float32, z: Float32) -> NDArray[np.intp]:
    """Of each point, the index of the known one that is nearest."""
    squared = np.square(known).sum(axis=1) - 2 * z @ known.T
    return np.asarray(squared.argmin(axis=1))
