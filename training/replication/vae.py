"""Figures 46 to 50: the variational autoencoder, its densities, and the sign of its KL divergence."""

import math

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy import stats

from training.config import Config
from training.networks.losses import kl_divergence
from training.replication import drawing, mnist
from training.replication.results import Figures, Settings, fingerprint
from training.replication.thesis_network import train
from training.replication.workshop import Workshop

MEAN, DEVIATION = 0.5, 0.5
N_EPOCHS = 30  # the thesis names none
N_SAMPLES = 100_000
PIXELS = 28 * 28


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    epochs = workshop.epochs(N_EPOCHS)
    learned, held_out = mnist.digits(workshop)
    return {
        "data": fingerprint(learned.log_magnitude, held_out.log_magnitude),
        "n_images": len(learned),
        "share_of_epochs": workshop.share,
        "epochs": epochs,
    }


def run(workshop: Workshop) -> Figures:
    """Plots the densities and the latent plane, and computes the divergence in three ways."""
    samples = MEAN + DEVIATION * np.random.default_rng(0).standard_normal(N_SAMPLES)
    _draw_densities(workshop, samples)
    learned, held_out = mnist.digits(workshop)
    epochs = workshop.epochs(N_EPOCHS)
    network = train(config(workshop), learned, held_out, [epochs], workshop.runs)
    z = network.encode(learned.log_magnitude, epochs)
    with drawing.figure(workshop.folder / "vae-49.png", 1, 2, 2.8) as axes:
        names = learned.values["digit"]
        drawing.show_latent(axes[0, 0], z, learned.labels["digit"], names, f"z_mean after {epochs} epochs")
        _draw_plane(axes[0, 1], network.after(epochs).decoder)
    return {
        "kl": kl(),
        "printed": printed_kl(),
        "sampled": sampled_kl(samples),
        "sampled_mean": float(samples.mean()),
        "sampled_deviation": float(samples.std()),
        "z_deviation": [float(deviation) for deviation in z.std(axis=0)],
        "loss": network.loss[-1],
        "parameters": {
            name: part.count_params()
            for name, part in (
                ("encoder", network.after(epochs).encoder),
                ("decoder", network.after(epochs).decoder),
            )
        },
    }


def kl() -> float:
    """KL(N(0.5, 0.5) || N(0, 1)) by the loss that trains our models, nats."""
    z_mean, z_log_var = np.array([[MEAN]], np.float32), np.array([[2 * math.log(DEVIATION)]], np.float32)
    return float(ops.convert_to_numpy(kl_divergence(z_mean, z_log_var))[0])


def printed_kl() -> float:
    """The right-hand side of equation 7 as it is printed: the minus before the half is missing."""
    return 0.5 * (1 + math.log(DEVIATION**2) - MEAN**2 - DEVIATION**2)


def sampled_kl(samples: NDArray[np.float64]) -> float:
    """The mean of ln q(z) - ln p(z) over samples of q, which is the definition of the divergence."""
    return float((stats.norm.logpdf(samples, MEAN, DEVIATION) - stats.norm.logpdf(samples)).mean())


def config(workshop: Workshop) -> Config:
    """A variational autoencoder of the thesis' network on MNIST; the loss sums over the pixels."""
    whole = mnist.config(workshop)
    loss = whole.model.loss.model_copy(update={"scale": float(PIXELS)})
    model = whole.model.model_copy(update={"kind": "variational-autoencoder", "beta": 1.0, "loss": loss})
    return whole.model_copy(update={"name": "mnist-vae", "model": model})


def _draw_densities(workshop: Workshop, samples: NDArray[np.float64]) -> None:
    x = np.linspace(-4, 4, 400)
    density = stats.norm.pdf(x, MEAN, DEVIATION)
    with drawing.figure(workshop.folder / "vae-47-50.png", 1, 3, 2.1) as axes:
        axes[0, 0].plot(x, density, color="#31688e")
        axes[0, 0].set(title="N(0.5, 0.5)", xlabel="z", ylabel="density")
        axes[0, 1].hist(samples, 80, density=True, color="#9ecae1")
        axes[0, 1].plot(x, density, color="#31688e")
        axes[0, 1].set(title="mean plus noise times deviation", xlabel="z")
        prior = stats.norm.pdf(x)
        axes[0, 2].plot(x, prior, color="#d95f02", label="N(0, 1)")
        axes[0, 2].plot(x, density, color="#31688e", label="N(0.5, 0.5)")
        integrand = density * (stats.norm.logpdf(x, MEAN, DEVIATION) - stats.norm.logpdf(x))
        axes[0, 2].fill_between(x, integrand, color="#31688e", alpha=0.25, linewidth=0)
        axes[0, 2].set(title=f"shaded: KL = {kl():.4f} nats", xlabel="z")
        axes[0, 2].legend()


def _draw_plane(axes: drawing.Axes, decoder: keras.Model) -> None:
    """The decoder's output over the plane of z."""
    side = np.linspace(-2, 2, 10, dtype=np.float32)
    z = np.array([(across, up) for up in side[::-1] for across in side])
    images = decoder.predict({"z": z}, verbose=0)["log_magnitude"]
    tiles = images.reshape(10, 10, 28, 28).transpose(0, 2, 1, 3).reshape(280, 280)
    axes.imshow(tiles, extent=(-2.2, 2.2, -2.2, 2.2), cmap="gray")
    axes.set(title="decoded over the plane", xlabel="z 1", ylabel="z 2")
