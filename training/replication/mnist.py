"""Figures 17 and 20 to 26: the autoencoder on handwritten digits."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.config import Config
from training.data.dataset import Dataset
from training.errors import RecordingsError
from training.networks.autoencoder import build_decoder, build_encoder
from training.replication import drawing
from training.replication.results import Figures, Settings, fingerprint
from training.replication.thesis_network import Trained, train
from training.replication.workshop import Workshop

N_LEARNED = 10_000
N_HELD_OUT = 1_000
N_EPOCHS = 100
LEARNING_RATE = 1e-4
BATCH_SIZE = 32
N_SHOWN = 5
WHITE = 255.0


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    learned, held_out = digits(workshop)
    return {
        "data": fingerprint(learned.log_magnitude, held_out.log_magnitude),
        "n_images": len(learned),
        "learning_rate": LEARNING_RATE,
        "batch_size": BATCH_SIZE,
        "share_of_epochs": workshop.share,
        "epochs": workshop.epochs(N_EPOCHS),
    }


def run(workshop: Workshop) -> Figures:
    """Trains, plots loss, latent plane and replicas, and counts the parameters."""
    learned, held_out = digits(workshop)
    epochs = workshop.epochs(N_EPOCHS)
    network = train(config(workshop), learned, held_out, [epochs], workshop.runs)
    with drawing.figure(workshop.folder / "mnist-23-24.png", 1, 2, 2.8) as axes:
        _draw_curve(axes[0, 0], network)
        z = network.encode(learned.log_magnitude, epochs)
        names = learned.values["digit"]
        drawing.show_latent(axes[0, 1], z, learned.labels["digit"], names, f"z of {len(z)} digits")
    first, chance = np.arange(N_SHOWN), np.random.default_rng(0).integers(len(learned), size=N_SHOWN)
    with drawing.figure(workshop.folder / "mnist-25-26.png", 4, N_SHOWN, 4.2) as axes:
        for rows, chosen in ((axes[:2], first), (axes[2:], chance)):
            images = learned.log_magnitude[chosen].astype(np.float32)
            titles = [f"[{i}]" for i in chosen]
            drawing.show_images(rows[0], images[:, ::-1], titles, "equal")
            replicas = network.reconstruct(images, epochs)
            drawing.show_images(rows[1], replicas[:, ::-1], ["replica"] * N_SHOWN, "equal")
    return {
        "loss": network.loss[-1],
        "held_out_loss": network.held_out_loss[-1],
        "curve": network.loss,
        "parameters": parameters(workshop.config, (28, 28, 1)),
    }


def config(workshop: Workshop) -> Config:
    """The thesis' settings for MNIST."""
    schedule = {"learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE}
    return workshop.config.model_copy(
        update={"name": "mnist-ae", "fit": workshop.config.fit.model_copy(update=schedule)}
    )


def digits(workshop: Workshop) -> tuple[Dataset, Dataset]:
    """The first 10,000 training images and 1,000 test images.

    Raises:
        RecordingsError: the file that the user named is not MNIST, or Keras cannot fetch it.
    """
    if workshop.mnist is None:
        (x, y), (x_test, y_test) = _fetched()
    else:
        arrays = _load(workshop.mnist)
        x, y, x_test, y_test = (arrays[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    return _dataset(x[:N_LEARNED], y[:N_LEARNED], "train"), _dataset(
        x_test[:N_HELD_OUT], y_test[:N_HELD_OUT], "test"
    )


def _fetched() -> Any:
    try:
        return keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises nothing narrower
        raise RecordingsError(f"MNIST cannot be fetched: {error}; pass a copy with --mnist FILE") from error


def _load(path: Path) -> Mapping[str, NDArray[Any]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RecordingsError(
            f"{path} is not an mnist.npz with x_train, y_train, x_test and y_test"
        ) from error
    for part in ("train", "test"):
        x, y = found[f"x_{part}"], found[f"y_{part}"]
        if x.ndim != 3 or x.shape[1:] != (28, 28) or not len(x) or y.shape != x.shape[:1]:
            shapes = f"x_{part} has shape {x.shape} and y_{part} {y.shape}"
            raise RecordingsError(f"{path}: {shapes}, expected (n, 28, 28) and (n,)")
    return found


def _dataset(images: NDArray[np.uint8], labels: NDArray[np.uint8], split: str) -> Dataset:
    return Dataset(
        (images[..., None] / WHITE).astype(np.float16),
        np.zeros(len(images), np.float32),
        {"digit": labels.astype(np.int32)},
        {"digit": tuple(map(str, range(10)))},
        tuple(f"{split}/{i}" for i in range(len(images))),
    )


def parameters(config: Config, shape: tuple[int, int, int]) -> dict[str, int]:
    """The numbers of parameters of encoder, decoder and both, for images of this shape."""
    encoder, decoder = (build(config, {}, shape).count_params() for build in (build_encoder, build_decoder))
    return {"encoder": encoder, "decoder": decoder, "autoencoder": encoder + decoder}


def _draw_curve(axes: drawing.Axes, network: Trained) -> None:
    epochs = np.arange(1, len(network.loss) + 1)
    axes.plot(epochs, network.held_out_loss, color="#d95f02", label="held-out digits")
    axes.plot(epochs, network.loss, color="#31688e", label="training digits")
    axes.axhline(0.0364, color="0.5", linewidth=0.6, linestyle="--", label="thesis after 100 epochs")
    axes.set(xlabel="epoch", ylabel="mean squared error", ylim=(None, min(max(network.loss), 0.07)))
    axes.legend()
