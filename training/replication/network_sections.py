"""What the page says of the networks: the thesis' own numbers, ours, and what differs."""

from collections.abc import Mapping

from training.replication.markdown import pictures, table
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
        *pictures("mnist-23-24", "mnist-25-26"),
        "17: the images above the replicas. 20 to 22: the same parameters, "
        f"{_parameters(figures['parameters'])}. 23: {settings['n_images']} images, "
        f"rate {settings['learning_rate']:g}, batches of {settings['batch_size']}. The thesis reports "
        f"a loss of {MNIST_LOSS} after 100 epochs; ours is {figures['loss']:g} after "
        f"{settings['epochs']}, {reached} it, and {figures['held_out_loss']:g} on digits that were held "
        "out, which the thesis did not read.",
        "",
        "24 to 26: latent plane and replicas, of the first five images and of five drawn ones. What "
        "differs: each training draws another plane, so clusters lie elsewhere.",
    ]


def spectrogram_autoencoder(results: Results) -> list[str]:
    """Figures 29 to 41 and 51."""
    figures, settings = results.figures, results.settings
    header = {
        "thesis_epochs": "epochs of the thesis",
        "epochs": "ours",
        "loss": "loss, learned",
        "held_out_loss": "loss, held out",
    }
    return [
        f"{settings['n_clips']} recordings evenly over words and voices (the thesis does not say which), "
        f"rate {settings['learning_rate']:g}, batches of {settings['batch_size']}; one run whose weights "
        "are kept at each stage, where the thesis raised them by a hundred at a time.",
        "",
        *pictures("spectrogram-29-40"),
        *table(header, figures["stages"]),
        "",
        *pictures("spectrogram-loss", "spectrogram-41", "spectrogram-51"),
        "The losses above are of the finished network, without BatchNorm's noise of training. Held-out "
        f"recordings were nearest after {figures['best_epoch']} epochs, at "
        f"{figures['best_held_out_loss']:g}; over the last tenth of {figures['last_epoch']} epochs the "
        f"median is {figures['last_held_out_loss']:g}, that of the loss in training "
        f"{figures['last_loss']:g}. {_overfitting(figures)}",
    ]


def _overfitting(figures: Figures) -> str:
    grown = figures["held_out_loss_grown"]
    told = f"51: the picture above is of {figures['last_epoch']} epochs. "
    if grown < OVERFITTED:
        return told + (
            "After its best epoch the held-out loss fell no more while the other one did: what is learned "
            "from there on is learned by heart. It has hardly risen yet: `--overfit 10000` goes on to the "
            "thesis' end."
        )
    return told + (
        f"The held-out loss is {grown:.2f} times its best by then: that is overfitting, which without "
        "recordings that are held out can only be guessed at. `--overfit 10000` goes on to the thesis' end."
    )


def vae(results: Results) -> list[str]:
    """Figures 46 to 50."""
    figures, settings = results.figures, results.settings
    deviations = " and ".join(f"{value:g}" for value in figures["z_deviation"])
    return [
        *pictures("vae-47-50", "vae-49"),
        "46: encoder and decoder of figures 20 and 21, with `z_mean` and `z_log_var` for `z`: "
        f"{_parameters(figures['parameters'])} parameters. 47 and 48: "
        f"the same; draws of the mean plus noise times the deviation have mean {figures['drawn_mean']:g} "
        f"and deviation {figures['drawn_deviation']:g}. 49: {settings['n_images']} digits after "
        f"{settings['epochs']} epochs, the deviation of `z_mean` {deviations}, and beside it what the "
        "decoder says over the plane.",
        "",
        f"50: the thesis reads {KL} for the divergence of N(0.5, 0.5) from N(0, 1). It is {figures['kl']:g} "
        f"nats, by our loss, and {figures['sampled']:g} as a mean over draws. A divergence is never "
        "negative: the right-hand side of equation 7, evaluated as it is printed, gives "
        f"{figures['printed']:g}, because the minus before the half is missing. A loss with that sign would "
        "reward a posterior for leaving the prior.",
    ]


def cost(results: Results) -> list[str]:
    """Figures 23 and 56."""
    figures = results.figures
    header = {
        "case": "case",
        "backend": "Keras on",
        "device": "device",
        "step_ms": "a step, ms",
        "processor_ms": "of the processor, ms",
        "mebibytes": "memory of training, MiB",
    }
    devices = {row["device"] for row in figures["steps"]}
    gpu = (
        "" if devices - {"cpu"} else " No GPU was at hand: the command times one where the backend finds it."
    )
    absent = ", ".join(figures["absent"])
    missing = f" Not installed here: {absent}." if absent else ""
    ours = figures["parameters"]
    counts = [
        {"size": size} | {part: f"{ours[size][part]:,} / {thesis[part]:,}" for part in thesis}
        for size, thesis in PARAMETERS.items()
    ]
    header_counts = {"size": "picture", "encoder": "encoder", "decoder": "decoder", "autoencoder": "both"}
    epochs = [f"{seconds:.3g} s on {where}" for where, seconds in figures["mnist_epoch_s"].items()]
    hours = [f"{seconds / 3600:.2g} h on {where}" for where, seconds in figures["spectrograms_s"].items()]
    return [
        f"23: the thesis took {STEP_MS} ms a step and {EPOCH_S} s an epoch; undisturbed, an epoch of as "
        f"many steps takes {', '.join(epochs)}, and the 2500 epochs of figures 29 to 40 {', '.join(hours)}: "
        "with `--share 0.25` everything on this page is done in an hour or two. Timed on one core: the "
        "clock counts what other work on the machine takes, the time of the processor does not. Memory is "
        "what network and training add to a "
        f"process that has imported its backend. A large picture is a batch of its own.{gpu}{missing}",
        "",
        *table(header, figures["steps"]),
        "",
        "56: parameters, ours / the thesis':",
        "",
        *table(header_counts, counts),
        "",
        f"The thesis gives no loss of the large network. Its picture has {figures['larger']['values']:.0f} "
        f"times the values, itself {figures['larger']['parameters']:.0f} times the parameters; what made "
        "sound possible was not size, as figure 42's pictures show with the right inverse.",
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
            "brought": f"held-out loss {few['held_out_loss']:g} -> {every['held_out_loss']:g}",
        },
        {
            "what": "better parameters of the transform",
            "tried": "28 x 28 as printed -> decibels undone, right sizes, Griffin-Lim",
            "brought": f"{name} heard {wrong[label]:g} % -> {small[label]:g} %",
        },
        {
            "what": "higher resolution",
            "tried": "true pictures of 28 x 28 -> 128 x 128",
            "brought": f"{name} heard {small[label]:g} % -> {large[label]:g} %{quality}",
        },
        {
            "what": "a variational autoencoder",
            "tried": "`thesis-ae` -> `thesis-vae`, the same network",
            "brought": _models_told(models["thesis-ae"], models["thesis-vae"]),
        },
        {
            "what": "a better network (and the three above)",
            "tried": f"`thesis-vae` -> `digits-vae`: {models['digits-vae']['picture']}, "
            f"{models['digits-vae']['latent_dim']} dimensions, steered by labels",
            "brought": _models_told(models["thesis-vae"], models["digits-vae"]),
        },
        {
            "what": "a GPU",
            "tried": "a step of training, see the costs above" if gpu else "none was at hand",
            "brought": gpu or "not measured",
        },
    ]
    header = {"what": "the thesis recommends", "tried": "tried here", "brought": "what it brought"}
    return table(header, rows)


def _models_told(before: Figures, after: Figures) -> str:
    told = {
        "reconstruction_digit_accuracy": "replicas heard right",
        "sample_digit_accuracy": "draws heard right",
        "reconstruction_pesq": "PESQ of replicas",
    }
    return "; ".join(
        f"{words} {_told(key, before[key])} -> {_told(key, after[key])}"
        for key, words in told.items()
        if key in after
    )


def _told(metric: str, value: float) -> str:
    return f"{100 * value:.3g} %" if metric.endswith("_accuracy") else f"{value:g}"


def _parameters(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{part} {count:,}" for part, count in counts.items())
