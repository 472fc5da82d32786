"""The sections on networks: the thesis' numbers, ours, and the differences."""

from collections.abc import Mapping

from training.replication.markdown import images_of, table
from training.replication.results import Figures, Results

MNIST_LOSS = 0.0364  # figure 23
STEP_MS, EPOCH_S = "217 to 231", "68 to 72"  # figure 23
PARAMETERS = {  # figures 20 to 22 and 56
    "28 x 28": {"encoder": 99_842, "decoder": 121_537, "autoencoder": 221_379},
    "690 x 545": {"encoder": 3_127_874, "decoder": 4_662_721, "autoencoder": 7_790_595},
}
OVERFITTED = 1.1  # times the least held-out loss
KL = -0.4431  # as it is printed below figure 50


def mnist(results: Results) -> list[str]:
    """Figures 17 and 20 to 26."""
    figures, settings = results.figures, results.settings
    reached = "below" if figures["loss"] <= MNIST_LOSS else "above"
    return [
        *images_of("mnist-23-24", "mnist-25-26"),
        "Figure 17 has the images above the replicas. Figures 20 to 22: the numbers of parameters agree, "
        f"{_parameters(figures['parameters'])}. Figure 23: {settings['n_images']} images, "
        f"learning rate {settings['learning_rate']:g}, batches of {settings['batch_size']}. The thesis "
        "reports "
        f"a loss of {MNIST_LOSS} after 100 epochs; ours is {figures['loss']:g} after "
        f"{settings['epochs']}, {reached} it, and {figures['held_out_loss']:g} on held-out digits, which the "
        "thesis does not report.",
        "",
        "Figures 24 to 26: latent plane and replicas, of the first five images and of five random ones. "
        "Difference: each training gives another plane, so the clusters lie elsewhere.",
    ]


def spectrogram_autoencoder(results: Results) -> list[str]:
    """Figures 29 to 41 and 51."""
    figures, settings = results.figures, results.settings
    header = {
        "thesis_epochs": "epochs of the thesis",
        "epochs": "ours",
        "loss": "loss, training",
        "held_out_loss": "loss, held out",
    }
    return [
        f"{settings['n_clips']} recordings, evenly over digits and speakers (the thesis does not say which), "
        f"learning rate {settings['learning_rate']:g}, batches of {settings['batch_size']}. The weights of "
        "one run "
        "are kept at each stage; the thesis trained on by a hundred epochs at a time.",
        "",
        *images_of("spectrogram-29-40"),
        *table(header, figures["stages"]),
        "",
        *images_of("spectrogram-loss", "spectrogram-41", "spectrogram-51"),
        "The losses in the table are of the network in inference mode, without the noise of batch "
        "normalisation. The "
        f"held-out loss was smallest after {figures['best_epoch']} epochs, "
        f"{figures['best_held_out_loss']:g}. Over the "
        f"last tenth of {figures['last_epoch']} epochs its median is {figures['last_held_out_loss']:g}, "
        "and that of the "
        f"training loss {figures['last_loss']:g}. {_overfitting(figures)}",
    ]


def _overfitting(figures: Figures) -> str:
    ratio = figures["held_out_loss_ratio"]
    shown = f"Figure 51 shows {figures['last_epoch']} epochs here. "
    if ratio < OVERFITTED:
        return shown + (
            "After its best epoch the held-out loss stopped falling while the training loss fell on: the "
            "network memorises from there on."
        )
    return shown + (
        f"The held-out loss has then risen to {ratio:.2f} times its minimum: the network overfits. Without "
        "held-out recordings this cannot be seen."
    )


def vae(results: Results) -> list[str]:
    """Figures 46 to 50."""
    figures, settings = results.figures, results.settings
    deviations = " and ".join(f"{value:g}" for value in figures["z_deviation"])
    return [
        *images_of("vae-47-50", "vae-49"),
        "Figure 46: encoder and decoder of figures 20 and 21, with `z_mean` and `z_log_var` instead of `z`: "
        f"{_parameters(figures['parameters'])} parameters. Figures 47 and 48 agree: samples of the mean "
        "plus noise "
        f"times the standard deviation have mean {figures['sampled_mean']:g} and standard deviation "
        f"{figures['sampled_deviation']:g}. Figure 49: {settings['n_images']} digits after "
        f"{settings['epochs']} epochs, with standard deviations of `z_mean` of {deviations}; beside it the "
        "decoder's output over the plane.",
        "",
        f"Figure 50: the thesis gives {KL} for the divergence of N(0.5, 0.5) from N(0, 1). It is "
        f"{figures['kl']:g} "
        f"nats by our loss, and {figures['sampled']:g} as a mean over samples. A divergence is never "
        "negative: the right-hand side of equation 7, as printed, gives "
        f"{figures['printed']:g}, because the minus before the half is missing. A loss with that sign would "
        "reward a posterior for moving away from the prior.",
    ]


def cost(results: Results) -> list[str]:
    """Figures 23 and 56."""
    figures = results.figures
    header = {
        "case": "case",
        "backend": "backend",
        "device": "device",
        "step_ms": "step, ms",
        "processor_ms": "CPU time, ms",
        "mebibytes": "memory of training, MiB",
    }
    devices = {row["device"] for row in figures["steps"]}
    gpu = (
        ""
        if devices - {"cpu"}
        else " No GPU was available; the command times one where the backend finds it."
    )
    absent = ", ".join(figures["absent"])
    missing = f" Not installed here: {absent}." if absent else ""
    ours = figures["parameters"]
    counts = [
        {"size": size} | {part: f"{ours[size][part]:,} / {thesis[part]:,}" for part in thesis}
        for size, thesis in PARAMETERS.items()
    ]
    header_counts = {"size": "image", "encoder": "encoder", "decoder": "decoder", "autoencoder": "both"}
    epochs = [f"{seconds:.3g} s on {where}" for where, seconds in figures["mnist_epoch_s"].items()]
    hours = [f"{seconds / 3600:.2g} h on {where}" for where, seconds in figures["spectrograms_s"].items()]
    return [
        f"Figure 23: the thesis took {STEP_MS} ms per step and {EPOCH_S} s per epoch. On a free core, an "
        "epoch of as "
        f"many steps takes {', '.join(epochs)}, and the 2500 epochs of figures 29 to 40 take "
        f"{', '.join(hours)}. "
        "With `--share 0.25` everything on this page takes an hour or two. Timed on one core: wall-clock "
        "time "
        "includes other work on the machine, CPU time does not. Memory is what network and training add to a "
        f"process that has imported its backend. A large image is a batch of its own.{gpu}{missing}",
        "",
        *table(header, figures["steps"]),
        "",
        "Figure 56: numbers of parameters, ours / the thesis':",
        "",
        *table(header_counts, counts),
        "",
        f"The thesis gives no loss of the large network. Its images have {figures['larger']['values']:.0f} "
        f"times the values, and the network {figures['larger']['parameters']:.0f} times the parameters. "
        "Size is not what "
        "makes sound possible: with the correct inverse, 28 x 28 is enough.",
    ]


def recommendations(results: Results) -> list[str]:
    """Chapter 5."""
    figures = results.figures
    few, every = figures["more_data"]
    models = figures["models"]
    sizes = {row["size"]: row for row in figures["resolution"]}
    wrong = next(row for row in figures["inversion"] if row["inverse"] == "as printed")
    small, large = sizes["28 x 28"], sizes["128 x 128"]
    label = next(key for key in small if key.endswith("_percent"))
    name = label.removesuffix("_percent")
    quality = f"; PESQ {small['pesq']:g} -> {large['pesq']:g}" if "pesq" in small else ""
    gpu = "; ".join(f"{case}: {times:.3g} times as fast" for case, times in figures["gpu"].items())
    rows = [
        {
            "what": "more data",
            "tried": f"{few['n_clips']} -> {every['n_clips']} recordings, as many steps, the same network",
            "effect": f"held-out loss {few['held_out_loss']:g} -> {every['held_out_loss']:g}",
        },
        {
            "what": "better parameters of the transform",
            "tried": "28 x 28 as printed -> converted from decibels, correct sizes, Griffin-Lim",
            "effect": f"{name} recognised in {wrong[label]:g} % -> {small[label]:g} %",
        },
        {
            "what": "higher resolution",
            "tried": "true spectrograms of 28 x 28 -> 128 x 128",
            "effect": f"{name} recognised in {small[label]:g} % -> {large[label]:g} %{quality}",
        },
        {
            "what": "a variational autoencoder",
            "tried": "`thesis-ae` -> `thesis-vae`, the same network",
            "effect": _compared(models["thesis-ae"], models["thesis-vae"]),
        },
        {
            "what": "a better network (and the three above)",
            "tried": f"`thesis-vae` -> `digits-vae`: {models['digits-vae']['spectrogram']}, "
            f"{models['digits-vae']['latent_dim']} dimensions, steered by labels",
            "effect": _compared(models["thesis-vae"], models["digits-vae"]),
        },
        {
            "what": "a GPU",
            "tried": "a training step, see the costs above" if gpu else "none was available",
            "effect": gpu or "not measured",
        },
    ]
    header = {"what": "the thesis recommends", "tried": "tried", "effect": "effect"}
    return table(header, rows)


def _compared(before: Figures, after: Figures) -> str:
    compared = {
        "reconstruction.digit.accuracy": "digit of replicas",
        "sample.digit.accuracy": "digit of samples",
        "reconstruction.pesq": "PESQ of replicas",
    }
    return "; ".join(
        f"{words} {_rounded(key, before[key])} -> {_rounded(key, after[key])}"
        for key, words in compared.items()
        if key in after
    )


def _rounded(metric: str, value: float) -> str:
    return f"{100 * value:.3g} %" if metric.endswith(".accuracy") else f"{value:g}"


def _parameters(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{part} {count:,}" for part, count in counts.items())
