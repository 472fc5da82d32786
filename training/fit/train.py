"""The fit loop: seeded, logged, stopped early, and resumed where it was killed."""

import csv
import importlib
import json
import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.config import Config
from training.config_model import ResidualNetwork
from training.data.dataset import Dataset
from training.errors import RunError
from training.fit.batches import Batches
from training.fit.callbacks import BetaWarmup, ProgressBar
from training.fit.heads import fit_heads
from training.fit.run import BEST_FILE, START_FILE
from training.networks.autoencoder import Autoencoder
from training.networks.growth import Values

log = logging.getLogger(__name__)

HISTORY_FILE = "history.csv"
DONE_FILE, HEADS_FILE = "done.json", "heads.json"
BACKUP = "backup"
PROGRESS_FILE = f"{BACKUP}/training_metadata.json"  # BackupAndRestore's
MEAN_RANGE = (0.01, 0.99)  # of the means that a decoder starts with: its sigmoid learns there
GRADIENT_NORM = 1.0  # longer gradients are cut: at 5 a residual network without normalisation once collapsed


def fit(
    config: Config, splits: dict[str, Dataset], run: Path, also: Sequence[keras.callbacks.Callback] = ()
) -> Autoencoder:
    """The trained model with its best weights; goes on where the run was interrupted.

    Args:
        config: the experiment.
        splits: train and validation clips.
        run: the directory of weights, history, and TensorBoard logs.
        also: callbacks that come before those of every run, so that a kill repeats what they missed.
    """
    log.info("Keras %s on %s, devices: %s", keras.version(), keras.backend.backend(), devices())
    keras.utils.set_random_seed(config.seed)
    train = Batches(splits["train"], config, augment=True)
    validation = Batches(splits["validation"], config, augment=False)
    model = build_model(config, splits["train"], config.fit.precision)
    if (run / START_FILE).exists():
        model.load_weights(run / START_FILE)
    else:
        start_at_mean(model, splits["train"])
    model.compile(optimizer=_optimizer(config, len(train)))
    if (run / DONE_FILE).exists():
        log.info("%s is trained to its end: no epoch is trained again without --restart", run)
    else:
        if not (run / PROGRESS_FILE).exists():  # killed within the first backup
            shutil.rmtree(run / BACKUP, ignore_errors=True)
        _forget_unsaved_epochs(run)
        started = time.monotonic()
        history = model.fit(
            train,
            validation_data=validation,
            epochs=config.fit.epochs,
            shuffle=False,  # Batches does, by seed and epoch; Keras would from a state that a kill loses
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: train.begin(epoch)),
                *also,
                *_callbacks(config, run, len(train)),
            ],
        )
        n_epochs = len(history.epoch)
        if n_epochs:
            each = (time.monotonic() - started) / n_epochs
            log.info("%d epochs, %.2f s each, %.1f ms a step", n_epochs, each, 1e3 * each / len(train))
        (run / DONE_FILE).write_text(json.dumps({"last_epoch": max(history.epoch, default=0) + 1}))
    model = load_best(config, splits["train"], run)
    if config.fit.head_epochs and not (run / HEADS_FILE).exists():
        fit_heads(model, config, splits["train"])
        model.save_weights(run / BEST_FILE)
        (run / HEADS_FILE).write_text(json.dumps({"epochs": config.fit.head_epochs}))
    return model


def build_model(config: Config, data: Dataset, precision: str = "float32") -> Autoencoder:
    """The untrained model of a config, with its variables made, whose layers compute in that precision."""
    model = untrained(config, {name: data.values[name] for name in config.conditions}, precision)
    model(Batches(data.take(np.arange(1)), config, augment=False)[0][0])
    return model


def start_at_mean(model: Autoencoder, data: Dataset) -> None:
    """Sets the last bias of a residual decoder, so that it starts with the mean spectrum of the clips.

    A decoder that starts at half of the range learns silence first. Of sparse spectrograms, those of drums,
    it never came back: the gradient of its sigmoid was 0 there.
    """
    if not isinstance(model.config.model.network, ResidualNetwork):
        return
    mean = data.log_magnitude.mean(axis=(0, 2, 3), dtype=np.float32).clip(*MEAN_RANGE)
    *_, last = (layer for layer in model.decoder.layers if getattr(layer, "filters", None) == len(mean))
    last.bias.assign(np.log(mean / (1 - mean)))


def untrained(config: Config, values: Values, precision: str) -> Autoencoder:
    """The model of a config for the values of its labels, whose layers compute in that precision."""
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(precision)
    try:
        return Autoencoder(config, values)
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def load_best(config: Config, data: Dataset, run: Path) -> Autoencoder:
    """The model of a run with its best weights.

    Raises:
        RunError: no epoch of the run has ended yet.
    """
    model = build_model(config, data)
    if not (run / BEST_FILE).exists():
        raise RunError(f"{run} holds no weights: no epoch has ended yet")
    model.load_weights(run / BEST_FILE)
    return model


def devices() -> str:
    """What the Keras backend computes on: its GPUs, or the CPU."""
    backend = keras.backend.backend()
    if backend == "torch":  # Keras lists the devices of TensorFlow only, and of JAX where there is a GPU
        cuda = importlib.import_module("torch").cuda
        found = [cuda.get_device_name(i) for i in range(cuda.device_count())]
    elif backend == "jax":
        found = [device for device in importlib.import_module("jax").devices() if device.platform != "cpu"]
    else:
        found = keras.distribution.list_devices("gpu")
    return ", ".join(map(str, found)) or "cpu"


def _optimizer(config: Config, n_steps: int) -> keras.optimizers.Optimizer:
    fit = config.fit
    rate: Any = fit.learning_rate
    if fit.schedule == "cosine":
        n_warmup = min(fit.warmup_epochs, fit.epochs - 1) * n_steps
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, fit.epochs * n_steps - n_warmup, warmup_target=fit.learning_rate, warmup_steps=n_warmup
        )
    if fit.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=fit.weight_decay, clipnorm=GRADIENT_NORM)
    return keras.optimizers.Adam(rate)


def _callbacks(config: Config, run: Path, n_steps: int) -> list[keras.callbacks.Callback]:
    warm = config.model.beta_warmup_epochs
    callbacks = [
        BetaWarmup(config.model.beta, warm),
        keras.callbacks.TensorBoard(run / "tensorboard", write_graph=False),
        keras.callbacks.ModelCheckpoint(
            run / BEST_FILE,
            monitor=_watched(config),
            mode="min",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=_best_so_far(run, _watched(config)),
        ),
        # In this order a kill between two of them loses nothing, and what is reported as done is safe.
        keras.callbacks.CSVLogger(run / HISTORY_FILE, append=True),
        keras.callbacks.BackupAndRestore(run / BACKUP, double_checkpoint=True),
        ProgressBar(config.fit.epochs, n_steps),
        keras.callbacks.TerminateOnNaN(),
    ]
    if config.fit.patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor=_watched(config), mode="min", patience=config.fit.patience, start_from_epoch=warm
            )
        )
    return callbacks


def _forget_unsaved_epochs(run: Path) -> None:
    """Takes out of the history what a kill left there of an epoch that is trained again."""
    if not (run / HISTORY_FILE).exists():
        return
    progress = run / PROGRESS_FILE
    n_saved = json.loads(progress.read_text())["epoch"] if progress.exists() else 0
    header, *rows = (run / HISTORY_FILE).read_text().splitlines(keepends=True)
    kept = [row for row in rows if int(row.partition(",")[0]) < n_saved]
    (run / HISTORY_FILE).write_text("".join([header, *kept]))


def _watched(config: Config) -> str:
    """By which loss of validation clips the best epoch is chosen.

    That of label heads does not count where they are trained anew afterwards.
    """
    return "val_reconstruction" if config.fit.head_epochs else "val_loss"


def _best_so_far(run: Path, figure: str) -> float | None:
    """The least `figure` of an interrupted run, so that a worse epoch does not replace its weights."""
    if not (run / HISTORY_FILE).exists() or not (run / BEST_FILE).exists():
        return None
    with (run / HISTORY_FILE).open(newline="") as file:
        losses = [float(row[figure]) for row in csv.DictReader(file)]
    return min(losses, default=None)
