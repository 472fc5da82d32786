"""Figures 29 to 41 and 51: the autoencoder on 800 spectrograms, and when it stopped learning."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.replication import drawing
from training.replication.results import Figures, Settings
from training.replication.thesis_network import Trained, train
from training.replication.workshop import Workshop

SHOWN = {  # epochs of the thesis -> the recordings whose replicas it shows, figures 29 to 40
    1400: (0, 1, 2),
    1600: (1, 2, 3),
    1700: (2, 3, 4),
    2000: (5, 6, 7),
    2100: (12, 13, 14),
    2500: (15, 16, 17),
}
INVERTED = (1400, 1700, 1900, 2100, 2500)  # epochs of figures 42 to 44 and 52 to 55


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    fit = workshop.config.fit
    return {
        "data": workshop.fingerprint,
        "n_clips": len(workshop.learned),
        "learning_rate": fit.learning_rate,
        "batch_size": fit.batch_size,
        "share_of_epochs": workshop.share,
        "last_epoch": max(stages(workshop)),
    }


def stages(workshop: Workshop) -> list[int]:
    """Our epochs for those of the thesis; figure 51 has those of `--overfit`, never fewer than the others."""
    named = {*SHOWN, *INVERTED, max(*SHOWN, workshop.overfit)}
    return sorted({workshop.epochs(epoch) for epoch in named})


def trained(workshop: Workshop) -> Trained:
    """The finished run; a run that was killed is resumed."""
    held_out = workshop.splits["validation"]
    return train(workshop.config, workshop.learned, held_out, stages(workshop), workshop.runs)


def run(workshop: Workshop) -> Figures:
    """Plots the replicas, the losses and the latent plane, and measures both losses at every stage."""
    network = trained(workshop)
    learned, held_out = workshop.learned.log_magnitude, workshop.splits["validation"].log_magnitude
    table = []
    for epoch in SHOWN:
        ours = workshop.epochs(epoch)
        losses = [_loss(network, images, ours) for images in (learned, held_out)]
        table.append({"thesis_epochs": epoch, "epochs": ours, "loss": losses[0], "held_out_loss": losses[1]})
    rows = {workshop.epochs(epoch): chosen for epoch, chosen in SHOWN.items()}
    _draw_replicas(workshop, "spectrogram-29-40.png", network, rows)
    _draw_replicas(workshop, "spectrogram-51.png", network, {max(stages(workshop)): (0, 1, 2)})
    _draw_curve(workshop, network)
    best = int(np.argmin(network.held_out_loss))
    return {
        "stages": table,
        "best_epoch": best + 1,
        "best_held_out_loss": network.held_out_loss[best],
        "held_out_loss_ratio": settled(network.held_out_loss) / network.held_out_loss[best],
        "last_epoch": len(network.loss),
        "last_loss": settled(network.loss),
        "last_held_out_loss": settled(network.held_out_loss),
        "spread_of_z": _draw_latent(workshop, network),
    }


def settled(losses: list[float]) -> float:
    """The median over the last tenth of the epochs: with batches of ten, single epochs jump."""
    return float(np.median(losses[-max(1, len(losses) // 10) :]))


def _loss(network: Trained, images: NDArray[np.floating], epoch: int) -> float:
    originals = images.astype(np.float32)
    return float(np.square(network.reconstruct(originals, epoch) - originals).mean())


def _draw_replicas(
    workshop: Workshop, name: str, network: Trained, rows: Mapping[int, Sequence[int]]
) -> None:
    """A row for each epoch of ours: the recordings of these indices and their replicas."""
    images = workshop.learned.log_magnitude.astype(np.float32)
    with drawing.figure(workshop.folder / name, len(rows), 6, 1.15 * len(rows) + 0.2) as axes:
        for row, (epoch, wanted) in zip(axes, rows.items(), strict=True):
            chosen = [i % len(images) for i in wanted]
            shown = [*images[chosen], *network.reconstruct(images[chosen], epoch)]
            titles = [f"[{i}]" for i in chosen] + [f"{epoch} epochs"] * len(chosen)
            drawing.show_images(row, shown, titles)


def _draw_curve(workshop: Workshop, network: Trained) -> None:
    epochs = np.arange(1, len(network.loss) + 1)
    with drawing.figure(workshop.folder / "spectrogram-loss.png", 1, 1, 2.3) as axes:
        axes[0, 0].plot(epochs, network.held_out_loss, color="#d95f02", label="held-out recordings")
        axes[0, 0].plot(epochs, network.loss, color="#31688e", label="training recordings")
        low, high = min(network.loss), float(np.quantile(network.held_out_loss, 0.95))
        axes[0, 0].set(
            xlabel="epoch", ylabel="mean squared error", yscale="log", ylim=(0.9 * low, 1.5 * high)
        )
        axes[0, 0].legend()


def _draw_latent(workshop: Workshop, network: Trained) -> list[float]:
    """The standard deviation of z over the recordings; plots them by their labels."""
    clips = workshop.learned
    z = network.encode(clips.log_magnitude, workshop.epochs(max(SHOWN)))
    with drawing.figure(workshop.folder / "spectrogram-41.png", 1, 2, 2.9) as axes:
        for ax, (name, values) in zip(axes[0], list(clips.labels.items())[:2], strict=False):
            drawing.show_latent(ax, z, values, clips.values[name], f"z of {len(z)} recordings by {name}")
    return [float(deviation) for deviation in z.std(axis=0)]
