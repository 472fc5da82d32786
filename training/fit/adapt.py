"""Adaptation: adds a label value, such as a speaker, to a model from a few clips, in two minutes of CPU.

It takes a model directory and clips, not the recordings that the model was trained on. Most of every batch
are known clips as the model itself decodes them, so that known labels are kept. The part of the encoder that
gives z is not trained, so every z of the model stays valid; the decoder and the label heads are. Where the
pitch is a label, a few notes are spread over all pitches.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from audio.manifest import MODEL_NAME, File, Manifest
from audio.model_directory import save_latents, sha256_of
from training.config import Config
from training.config_model import ResidualNetwork
from training.data.dataset import Clips, Dataset, joined
from training.errors import AdaptationError
from training.export import LATENTS_FILE, check_backend, publish, write_networks
from training.exported import ExportedModel
from training.fit.batches import Batches
from training.fit.callbacks import ProgressBar
from training.fit.new_clips import labelled, spread
from training.fit.new_values import fit_new_values
from training.fit.train import GRADIENT_NORM, untrained
from training.fit.widening import new_values, widened, with_converted
from training.networks.autoencoder import Autoencoder
from training.networks.growth import Values, grown

log = logging.getLogger(__name__)

N_STEPS = 200
BATCH_SIZE = 32
LEARNING_RATE = 5e-4
NEW_SHARE = 0.3  # of the clips that are seen; the others are known ones
DECODED = 64  # clips at a time
HEAD_STEP = 4  # of so many of these, label heads that hear z see one

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
    new_clips = labelled(base, clips, given, config.pitch_label)
    n_clips = old.data.n_training_clips + len(new_clips)
    new = [(n, new_clips.values[n][i]) for n, i in new_values(new_clips.values, old.labels)]
    if not new:
        raise AdaptationError(f"{old.name} knows every label of these clips already")
    name = name or _named(old.name, [value for _, value in new])
    if name == old.name:
        raise AdaptationError(f"--name {name} is the model that it starts from: the new one needs its own")
    addition = f"{', '.join(f'{n} {value}' for n, value in new)} learnt from {len(new_clips)} clips"
    log.info("%s, version %d: %s", old.name, old.version, addition)
    new_clips = spread(base, config, new_clips)
    graphs = (directory / old.encoder.file, directory / old.decoder.file)
    model = grown(*graphs, config, old.labels, new_clips.values)
    fit_clips(model, base, new_clips, config)

    def write(staging: Path, version: int) -> Manifest:
        networks = write_networks(model, config, new_clips.log_magnitude, staging)
        latents = widened(base, new_clips, networks.z_mean, clips.fields)
        made = f"spread over {len(new_clips)} pitches and other numbers"
        if not config.pitch_label:
            n_before, latents = len(latents.component), with_converted(latents, base, new_clips.values)
            made = f"and {len(latents.component) - n_before} of the others converted to them"
        save_latents(staging / LATENTS_FILE, latents)
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
                update={"n_training_clips": n_clips, "splits": f"{old.data.splits}; {addition}, {made}"}
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


def fit_clips(model: Autoencoder, base: ExportedModel, clips: Dataset, config: Config) -> None:
    """Trains the decoder and the label heads on the clips and on what the model knew before."""
    n_new = round(N_STEPS * BATCH_SIZE * NEW_SHARE)
    again = np.resize(np.arange(len(clips)), n_new)
    all_clips = joined(clips.take(again), rehearsed(base, N_STEPS * BATCH_SIZE - n_new, clips.values))
    fit = config.fit.model_copy(update={"batch_size": BATCH_SIZE})
    batches = Batches(all_clips, config.model_copy(update={"fit": fit}), augment=True)
    fast = untrained(config, clips.values, config.fit.precision)
    _copy(model, fast)
    outputs = fast.encoder.output
    to_z = keras.Model(fast.encoder.input, [outputs[name] for name in outputs.keys() - clips.values.keys()])
    for layer in fast.encoder.layers:  # the encoder itself stays trainable, else none of its layers were
        layer.trainable = not config.fit.head_epochs and layer not in to_z.layers
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, N_STEPS)
    fast.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=0.0, clipnorm=GRADIENT_NORM))
    fast.fit(batches, shuffle=False, verbose=0, callbacks=[ProgressBar(1, N_STEPS)])
    _copy(fast, model)
    if config.fit.head_epochs:
        fit_new_values(
            model, config, all_clips.take(np.arange(len(all_clips))[::HEAD_STEP]), base.manifest.labels
        )


def _copy(source: Autoencoder, target: Autoencoder) -> None:
    for name in ("encoder", "decoder"):
        getattr(target, name).set_weights(getattr(source, name).get_weights())


def _check(manifest: Manifest, config: Config, given: Mapping[str, str]) -> None:
    described = (config.spectrogram, config.model.latent_dim, config.conditions)
    if described != (manifest.spectrogram, manifest.latent_dim, tuple(manifest.labels)):
        raise AdaptationError(f"{manifest.name} was trained by another config")
    if not manifest.labels or not isinstance(config.model.network, ResidualNetwork):
        raise AdaptationError(f"{manifest.name} knows no labels, so it can learn no new value of one")
    if unknown := sorted(given.keys() - manifest.labels.keys()):
        raise AdaptationError(f"{manifest.name} knows {', '.join(manifest.labels)}, but not {unknown[0]}")


def rehearsed(base: ExportedModel, n_clips: int, values: Values) -> Dataset:
    """Training clips as the model decodes them: it keeps their z, not their spectrograms."""
    chosen = np.resize(np.random.default_rng(0).permutation(len(base.latents.z_mean)), n_clips)
    labels = {name: base.latents.labels[name][chosen] for name in values}
    images = np.empty((n_clips, *base.manifest.spectrogram.image_shape, 1), np.float16)
    for start in range(0, n_clips, DECODED):  # in float32, thousands of notes fill the memory
        part = slice(start, start + DECODED)
        own = {name: column[part] for name, column in labels.items()}
        images[part] = base.decode(base.latents.z_mean[chosen[part]], own)
    return Dataset(images, np.zeros(n_clips, np.float32), labels, dict(values), ("",) * n_clips)
