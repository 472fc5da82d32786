"""How good an exported model is, measured on the sounds it makes.

Every figure comes from the ONNX graphs and the samples that the service uses, made audible by the same
inverse. A column of the table is a set of sounds: `real`, `learned` and `inverted` are the upper reference,
`noise` and `literal` the lower one, the others the model's own.
"""

from pathlib import Path

import numpy as np

from audio.manifest import Manifest
from audio.model_directory import CARD_FILE, save_manifest
from training.config import Config
from training.data.dataset import Dataset, load_splits
from training.errors import RunError
from training.exported import ExportedModel, Indices
from training.measure import figures, measures, readings
from training.measure.card import card_of
from training.measure.note_images import morphs, scales
from training.measure.notes import evaluators, note_figures
from training.measure.recorded_notes import check_unseen
from training.measure.results import MODEL, Results, flat, merged
from training.measure.robustness import robustness_figures
from training.measure.sounds import N_ROUNDS, SEED, learned, recorded, samples, sound_sets

N_SHOWN = 6  # replicas
N_DECIMALS = 4  # of every figure


def evaluate(directory: Path, config: Config, split: str, cache: Path) -> Manifest:
    """The manifest with fresh metrics; it and the card are written to the directory.

    Args:
        directory: models/<name>/<version>.
        config: where the recordings are.
        split: the clips to evaluate on, `validation` or `test`.
        cache: where the trained recogniser is kept.

    Raises:
        RunError: the config is of another model, the split is empty, or the recordings hold other values
            of a label than the model knows.
        RecordingsError: the recordings cannot be used, or an unseen set has no folder, or none with labels
            that the model knows; the latter is found before anything is computed.
    """
    model = ExportedModel(directory)
    if config.spectrogram != model.manifest.spectrogram:
        raise RunError(f"{directory} was trained with another spectrogram than the config's")
    check_unseen(config, model.manifest.labels | model.manifest.clip_labels)
    splits = load_splits(config)
    if not len(splits[split]):
        raise RunError(f"the {split} split holds no clips in {config.data.recordings}")
    splits = {name: in_order_of(model.manifest, clips) for name, clips in splits.items()}
    results = measured(model, config, splits[split], splits["train"], cache)
    save_pictures(directory, model, splits[split], splits["train"])
    rounded = {name: round(value, N_DECIMALS) for name, value in flat(results).items()}
    manifest = model.manifest.model_copy(update={"metrics": rounded, "measured_on": split})
    (directory / CARD_FILE).write_text(card_of(manifest), encoding="utf-8")
    save_manifest(directory, manifest)
    return manifest


def measured(model: ExportedModel, config: Config, clips: Dataset, train: Dataset, cache: Path) -> Results:
    """All figures of a model on some clips.

    Those of notes and hits where the config has a label for the pitch or unseen sets, else those of sounds
    whose labels are names.

    Args:
        model: the model.
        config: where the recordings are.
        clips: to evaluate on, their values in the model's order.
        train: the training clips likewise.
        cache: where the trained recogniser is kept.
    """
    n_active = measures.active_dimensions(model.latents.z_mean)
    whole = {MODEL: {"n_clips": float(len(clips)), "active_dimensions": float(n_active)}}
    if config.evaluators.unseen or config.pitch_label:
        read = evaluators(train, model, config)
        return merged(whole, note_figures(model, config, clips, train, read))
    sets = sound_sets(model, config, clips, train)
    parts = [
        whole,
        readings.replica_figures(sets, model),
        readings.timbre_figures(sets, model, recorded(config, train), train.log_magnitude),
    ]
    if clips.labels:
        recogniser, known = readings.trained_recogniser(config, train.values, cache)
        parts.append(readings.recognised_figures(sets, recogniser, known))
        sets |= learned(config, train, N_ROUNDS * len(clips))
        parts.append(readings.evaluator_figures(sets, config, train))
        parts.append(robustness_figures(model, config, clips, recogniser))
    return merged(*parts)


def in_order_of(manifest: Manifest, clips: Dataset) -> Dataset:
    """The clips with the values of every label in the model's order: adapted ones come last.

    Raises:
        RunError: the recordings hold other values than the model knows, so not all can be evaluated.
    """
    for name, known in manifest.labels.items():
        here = clips.values.get(name, ())
        if sorted(here) != sorted(known):
            held = ", ".join(here) or "none"
            raise RunError(f"{manifest.name} knows {name} {', '.join(known)}; the recordings hold {held}")
    return clips.in_order(clips.values | manifest.labels)


def save_pictures(directory: Path, model: ExportedModel, clips: Dataset, train: Dataset) -> None:
    """Writes images of replicas, samples and the map into the directory of the model; the card shows them.

    Replicas are those of some of the clips; samples have the labels of training clips, which are all.
    """
    some = clips.take(_varied(clips))
    images = some.log_magnitude.astype(np.float32)
    titles = [
        "\n".join(clips.values[name][column[i]] for name, column in some.labels.items())
        for i in range(len(some))
    ]
    spectrogram = model.manifest.spectrogram
    figures.save_replicas(
        directory / figures.REPLICAS_FILE, images, model.reconstruct(images), titles, spectrogram
    )
    if model.manifest.numbers:
        figures.save_grid(directory / figures.SAMPLES_FILE, *scales(model), spectrogram)
        figures.save_grid(directory / figures.MORPHS_FILE, *morphs(model), spectrogram)
    else:
        sampled, labels = samples(model, train, np.random.default_rng(SEED), n_rounds=1)
        figures.save_samples(directory / figures.SAMPLES_FILE, sampled, labels, model.manifest)
    figures.save_map(directory / figures.MAP_FILE, model.latents, model.manifest)


def _varied(clips: Dataset) -> Indices:
    """A few clips, each of another value of the last label, spread over the others."""
    spread = np.linspace(0, len(clips) - 1, N_SHOWN).round().astype(int)
    if clips.labels:
        last = list(clips.labels.values())[-1]
        owns = [np.flatnonzero(last == value) for value in np.unique(last)]
        spread = np.array([own[i * len(own) // len(owns)] for i, own in enumerate(owns)][:N_SHOWN])
    return np.unique(spread)
