"""Adaptation: adds a label value, such as a speaker, to a model from a few clips, in two minutes of CPU.

It takes a model directory and clips, not the recordings that the model was trained on. Most of every batch
are known clips as the model itself decodes them, so that known labels are kept. The part of the encoder that
gives z is not trained, so every z of the model stays valid; the decoder and the label heads are.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from audio.latents import LatentMixture
from audio.manifest import MODEL_NAME, File, Manifest
from audio.model_directory import Latents, load_latents, save_latents, sha256_of
from training.config import Config, ResidualNetwork
from training.data.dataset import Clips, Dataset
from training.errors import AdaptationError
from training.export import LATENTS_FILE, check_backend, publish, write_networks
from training.exported import ExportedModel
from training.fit.batches import Batches
from training.fit.callbacks import ProgressBar
from training.fit.train import GRADIENT_NORM
from training.networks.autoencoder import Autoencoder
from training.networks.growth import Values, grown

log = logging.getLogger(__name__)

N_STEPS = 200
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
NEW_SHARE = 0.3  # of the clips that are seen; the others are known ones
CONVERTED_CLIPS = 10  # of each known combination of labels, moved to where the new value lies

UNNAMEABLE = re.compile(r"[^a-z0-9-]+")

Float32 = NDArray[np.float32]


def adapt(
    directory: Path,
    config: Config,
    clips: Clips,
    given: Mapping[str, str],
    models: Path,
    name: str | None = None,
) -> Path:
    """The directory of a model that also knows the clips' labels.

    Args:
        directory: models/<name>/<version> of the model to start from.
        config: the experiment it was trained by.
        clips: a few recordings.
        given: label name -> value of every clip, which may be new; else the value in the file's name,
            which has to be known, or the one that the model recognises.
        models: the folder of all models.
        name: of the new model, default that of the old one and the new values.

    Raises:
        AdaptationError: a model without labels or of another config, clips without a new value, or the
            name of the model to start from.
        ExportError: the graphs are not those of the config.
    """
    check_backend()
    base = ExportedModel(directory)
    old = base.manifest
    _check(old, config, given)
    new_clips = labelled(base, clips, given)
    n_clips = old.data.n_training_clips + len(new_clips)
    new = [(n, new_clips.values[n][i]) for n, i in _new(new_clips.values, old.labels)]
    if not new:
        raise AdaptationError(f"{old.name} knows every label of these clips already")
    name = name or _named(old.name, [value for _, value in new])
    if name == old.name:
        raise AdaptationError(f"--name {name} is the model that it starts from: the new one needs its own")
    addition = f"{', '.join(f'{n} {value}' for n, value in new)} learnt from {len(new_clips)} clips"
    log.info("%s, version %d: %s", old.name, old.version, addition)
    graphs = (directory / old.encoder.file, directory / old.decoder.file)
    model = grown(*graphs, config, old.labels, new_clips.values)
    fit_clips(model, base, new_clips, config)

    def write(staging: Path, version: int) -> Manifest:
        networks = write_networks(model, config, new_clips.log_magnitude, staging)
        before = load_latents(directory, old)
        latents = widened(before, base, new_clips, networks.z_mean)
        save_latents(staging / LATENTS_FILE, latents)
        n_converted = len(latents.component) - len(before.component) - len(new_clips)
        splits = f"{addition}, and {n_converted} of the others converted to them"
        n_components = int(latents.component.max()) + 1
        changed = {
            "name": name,
            "version": version,
            "description": f"{old.description}; {addition}",
            "adapted_from": f"{old.name}@{old.version}",
            "labels": new_clips.values,
            "encoder": networks.encoder,
            "decoder": networks.decoder,
            "refiner": networks.refiner,
            "latents": File(file=LATENTS_FILE, sha256=sha256_of(staging / LATENTS_FILE)),
            "latent_distribution": old.latent_distribution.model_copy(update={"n_components": n_components}),
            "data": old.data.model_copy(
                update={"n_training_clips": n_clips, "splits": f"{old.data.splits}; {splits}"}
            ),
            "metrics": {},
            "measured_on": None,
        }
        return Manifest.model_validate(dict(old) | changed)

    return publish(models, name, None, write)


def _named(old: str, new: Sequence[str]) -> str:
    """The name of the old model and of the new values."""
    words = [UNNAMEABLE.sub("-", value.lower()).strip("-") for value in new]
    name = "-".join([old, *words])
    if not all(words) or not re.fullmatch(MODEL_NAME, name):
        raise AdaptationError(f"{', '.join(new)} makes no name for a model: say --name")
    return name


def labelled(base: ExportedModel, clips: Clips, given: Mapping[str, str]) -> Dataset:
    """The clips with every label of the model; values that it does not know come after those it does.

    Raises:
        AdaptationError: a file's name has an unknown value; only `--label` adds one.
    """
    for file, field in zip(clips.files, clips.fields, strict=True):
        for name in base.manifest.labels.keys() & field.keys() - given.keys():
            if field[name] not in base.manifest.labels[name]:
                reason = f"{name} {field[name]} is none of {', '.join(base.manifest.labels[name])}"
                raise AdaptationError(f"{file}: {reason}; give a new value with --label")
    posterior = base.encoder({"log_magnitude": clips.log_magnitude.astype(np.float32)})
    values: dict[str, tuple[str, ...]] = {}
    labels = {}
    for name, known in base.manifest.labels.items():
        heard = [known[i] for i in posterior[name].argmax(axis=1)]
        column = [
            given.get(name, field.get(name, own)) for field, own in zip(clips.fields, heard, strict=True)
        ]
        values[name] = (*known, *sorted(set(column) - set(known)))
        labels[name] = np.array([values[name].index(value) for value in column], np.int32)
    return Dataset(clips.log_magnitude, clips.level_db, labels, values, clips.files)


def fit_clips(model: Autoencoder, base: ExportedModel, clips: Dataset, config: Config) -> None:
    """Trains the decoder and the label heads on the clips and on what the model knew before."""
    n_new = round(N_STEPS * BATCH_SIZE * NEW_SHARE)
    again = np.resize(np.arange(len(clips)), n_new)
    new_clips = _joined(clips.take(again), rehearsed(base, N_STEPS * BATCH_SIZE - n_new, clips.values))
    fit = config.fit.model_copy(update={"batch_size": BATCH_SIZE})
    batches = Batches(new_clips, config.model_copy(update={"fit": fit}), augment=True)
    heads = keras.Model(model.encoder.input, {name: model.encoder.output[name] for name in clips.values})
    for layer in model.encoder.layers:  # the encoder itself stays trainable, else none of its layers were
        layer.trainable = layer in heads.layers
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, N_STEPS)
    model.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=0.0, clipnorm=GRADIENT_NORM))
    model.fit(batches, shuffle=False, verbose=0, callbacks=[ProgressBar(1, N_STEPS)])


def _check(manifest: Manifest, config: Config, given: Mapping[str, str]) -> None:
    described = (config.spectrogram, config.model.latent_dim, config.conditions)
    if described != (manifest.spectrogram, manifest.latent_dim, tuple(manifest.labels)):
        raise AdaptationError(f"{manifest.name} was trained by another config")
    if not manifest.labels or not isinstance(config.model.network, ResidualNetwork):
        raise AdaptationError(f"{manifest.name} knows no labels, so it can learn no new value of one")
    if unknown := sorted(given.keys() - manifest.labels.keys()):
        raise AdaptationError(f"{manifest.name} knows {', '.join(manifest.labels)}, but not {unknown[0]}")


def widened(old: Latents, base: ExportedModel, clips: Dataset, z: Float32) -> Latents:
    """The latents with the new clips, and with known clips converted to the new values.

    A few clips do not show how a new value varies; the converted clips do, by how the known values vary.
    """
    labels = {n: np.concatenate([old.labels[n], clips.labels[n]]) for n in clips.values}
    points = [*old.z_mean, *z]
    all_clips = Latents(np.stack(points), _combinations(labels), labels)
    mixture = LatentMixture.fit(all_clips, base.manifest.latent_distribution, base.manifest.numbers)
    groups = _combinations(old.labels)
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    sources = np.concatenate([m[:: max(1, len(m) // CONVERTED_CLIPS)] for m in members])
    here = {n: np.eye(len(clips.values[n]), dtype=np.float32)[old.labels[n][sources]] for n in labels}
    for name, value in _new(clips.values, base.manifest.labels):
        there = here | {name: np.eye(len(clips.values[name]), dtype=np.float32)[[value] * len(sources)]}
        for i, source in enumerate(sources):
            wanted, current = ({n: vectors[i] for n, vectors in both.items()} for both in (there, here))
            points.append(mixture.converted(old.z_mean[source], current, wanted))
        labels = {n: np.append(labels[n], there[n].argmax(axis=1)).astype(np.int32) for n in labels}
    return Latents(np.stack(points), _combinations(labels), labels)


def _new(values: Values, known: Values) -> list[tuple[str, int]]:
    """Label and index of each value that is not known."""
    return [(name, i) for name in values for i in range(len(known[name]), len(values[name]))]


def _combinations(labels: Mapping[str, NDArray[np.int32]]) -> NDArray[np.int32]:
    """Of each clip, the number of its combination of labels."""
    columns = np.stack(list(labels.values()), axis=1)
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)


def rehearsed(base: ExportedModel, n_clips: int, values: Values) -> Dataset:
    """Training clips as the model decodes them: it keeps their z, not their spectrograms."""
    chosen = np.resize(np.random.default_rng(0).permutation(len(base.latents.z_mean)), n_clips)
    labels = {name: base.latents.labels[name][chosen] for name in values}
    images = base.decode(base.latents.z_mean[chosen], labels)
    return Dataset(
        images.astype(np.float16), np.zeros(n_clips, np.float32), labels, dict(values), ("",) * n_clips
    )


def _joined(some: Dataset, others: Dataset) -> Dataset:
    return Dataset(
        np.concatenate([some.log_magnitude, others.log_magnitude]),
        np.concatenate([some.level_db, others.level_db]),
        {n: np.concatenate([some.labels[n], others.labels[n]]) for n in some.labels},
        some.values,
        some.files + others.files,
    )
