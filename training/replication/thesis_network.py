"""The network of the thesis, trained at its constant rate, with its weights at named epochs."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.config import Config
from training.data.dataset import Dataset
from training.fit.run import open_run
from training.fit.train import DONE_FILE, HISTORY_FILE, build_model, fit
from training.networks.autoencoder import Autoencoder
from training.replication.results import fingerprint

Float32 = NDArray[np.float32]
N_AT_ONCE = 256  # images


class Trained:
    """A finished run: its losses epoch by epoch, and the network as it was after a named epoch."""

    def __init__(self, config: Config, data: Dataset, run: Path) -> None:
        self.run = run
        self._model = build_model(config, data)
        with (run / HISTORY_FILE).open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.loss = [float(row["loss"]) for row in rows]
        self.held_out_loss = [float(row["val_loss"]) for row in rows]

    def after(self, epoch: int) -> Autoencoder:
        """The network with the weights that it had after so many epochs."""
        self._model.load_weights(_weights(self.run, epoch))
        return self._model

    def encode(self, images: NDArray[np.floating], epoch: int) -> Float32:
        """The z of images (n, height, width, 1), float32 of shape (n, latent_dim)."""
        encoder = self.after(epoch).encoder
        found = encoder.predict({"log_magnitude": images.astype(np.float32)}, N_AT_ONCE, verbose=0)
        return np.asarray(found["z_mean"])

    def reconstruct(self, images: NDArray[np.floating], epoch: int) -> Float32:
        """The images (n, height, width, 1), encoded and decoded."""
        decoder, z = self.after(epoch).decoder, self.encode(images, epoch)
        return np.asarray(decoder.predict({"z": z}, N_AT_ONCE, verbose=0)["log_magnitude"])


def train(config: Config, learned: Dataset, held_out: Dataset, stages: Sequence[int], runs: Path) -> Trained:
    """A run of `max(stages)` epochs that kept its weights after each stage; resumes one that was killed.

    Args:
        config: the network, its loss, rate and batches; its epochs are replaced.
        learned: what is learned from.
        held_out: what the loss is read on after every epoch.
        stages: the epochs after which the weights are kept.
        runs: the folder of all runs.
    """
    n_epochs = max(stages)
    schedule = config.fit.model_copy(update={"epochs": n_epochs, "patience": None})
    config = config.model_copy(update={"fit": schedule})
    # Defaults left out: a setting that is new in Tonespace does not make an old run another one.
    settings = config.model_dump_json(exclude={"data"}, exclude_defaults=True)
    identity = settings + str(sorted(stages)) + fingerprint(learned.log_magnitude, held_out.log_magnitude)
    run = runs / f"{config.name}-{n_epochs}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    if not (run / DONE_FILE).exists():
        open_run(config, run, restart=False)
        fit(config, {"train": learned, "validation": held_out}, run, [_Keep(run, stages)])
    return Trained(config, learned, run)


class _Keep(keras.callbacks.Callback):
    """Keeps the weights of the named epochs."""

    def __init__(self, run: Path, stages: Sequence[int]) -> None:
        super().__init__()
        self._run, self._stages = run, frozenset(stages)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del logs
        if epoch + 1 in self._stages:
            self.model.save_weights(_weights(self._run, epoch + 1))


def _weights(run: Path, epoch: int) -> Path:
    return run / f"epoch-{epoch}.weights.h5"
