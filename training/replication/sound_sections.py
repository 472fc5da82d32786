"""The sections on sound: the main result, the transform, its images and its inverse."""

from collections.abc import Mapping

from training.replication.markdown import images_of, recognised_columns, table
from training.replication.results import Figures, Results

OVERFITTED_EPOCHS = 10_000  # figure 51


def beginning(found: Mapping[str, Results]) -> list[str]:
    """The title, what the page is, and the main result."""
    lines = [
        "# The thesis, replicated",
        "",
        "Tonespace began with a master's thesis, *Sound and Tone Replicating AI* (R. Upreti, 2023): images "
        "of "
        "spectrograms of spoken digits, an autoencoder with two latent dimensions, and no way to get the "
        "sound "
        "back. This page repeats its figures in order and compares the numbers.",
        "",
        "The command `make replication` runs all experiments and writes this page; `python -m training "
        "replicate NAME` "
        "runs "
        "one. Experiments that are up to date are skipped, and a training that was killed is resumed. "
        "`--share` "
        "shortens the trainings, and `--folder` writes to another folder. Our numbers are read from the "
        "results "
        "file that each section names. PESQ needs the external evaluators, and timings of torch and jax "
        "need those "
        "libraries; without them the figures are left out. Clips are recognised by a network that was "
        "trained on "
        "real recordings alone.",
        "",
    ]
    if "istft" in found:
        lines += [*_main_result(found["istft"].figures), ""]
    shares = {name: r.settings.get("share_of_epochs", 1) for name, r in found.items()}
    shares = {name: share for name, share in shares.items() if share < 1}
    if shares:
        listed = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        lines += [f"**Shortened** with `--share`, to this share of the thesis' epochs: {listed}.", ""]
    if "spectrogram_autoencoder" in found:
        longest = found["spectrogram_autoencoder"].settings["last_epoch"]
        if longest < OVERFITTED_EPOCHS:
            lines += [
                f"**Figure 51** shows {longest} epochs instead of {OVERFITTED_EPOCHS:,}: "
                f"`--overfit {OVERFITTED_EPOCHS}` trains all of them.",
                "",
            ]
    return lines


def _main_result(figures: Figures) -> list[str]:
    rows = {(row["size"], row["inverse"]): row for row in figures["true_spectrograms"]}
    printed, literal, right = (rows["28 x 28", name] for name in ("as printed", "literal", "Griffin-Lim"))
    name = next(key for key in right if key.endswith("_percent"))
    label = name.removesuffix("_percent")
    chance = figures["chance_percent"][label]
    last = figures["replicas"][-1]
    held_out = last["held_out, Griffin-Lim"][name]
    return [
        "**Where the sound was lost.** Of true 28 x 28 spectrograms, inverted as in the thesis, "
        f"{printed[name]:g} % are recognised as the right {label} ({literal[name]:g} % at the correct "
        f"sizes; chance is {chance:g} %). The same spectrograms, converted from decibels and inverted with "
        f"Griffin-Lim, give {right[name]:g} %. So the sound was lost in the inversion, before any network.",
        "",
        f"The network loses sound as well. With the correct inverse, after {last['epochs']} epochs, "
        f"{last['learned, Griffin-Lim'][name]:g} % of the replicas of training clips are recognised, and "
        f"{held_out:g} % of the replicas of held-out clips. Two dimensions are too few.",
    ]


def stft(results: Results) -> list[str]:
    """Figures 1 to 10."""
    figures = results.figures
    header = {
        "figure": "figure",
        "sound": "sound",
        "sample_rate_hz": "rate, Hz",
        "n_fft": "n_fft",
        "hop_length": "hop",
        "win_length": "window",
        "bin_hz": "bin spacing, Hz",
        "resolved_hz": "resolution, Hz",
        "skipped_percent": "samples skipped, %",
        "numbers_per_sample": "values per sample",
        "round_trip_db": "round-trip SNR, dB",
    }
    return [
        *images_of("stft-1-2", "stft-3-4", "stft-6-7"),
        f"Figures 1 and 2 agree. Figures 3 and 4 use {figures['dft']['sound']} instead of the words on the "
        "Moon. "
        "The reversed recording has the same DFT magnitudes (the difference is "
        f"{figures['dft']['backwards_differs_percent']:.1g} %): only the phases contain the times. Figures "
        "6 and 7 show "
        "the windows and their spectral leakage, which is why the Hann window is used.",
        "",
        *images_of(*(f"stft-{row['figure']}" for row in figures["settings"])),
        *table(header, figures["settings"]),
        "",
        "Differences: the sounds and their rates (the thesis' listing loads everything at 22,050 Hz), and "
        "the "
        "last five columns are ours. Two tones are resolved if they are at least half of the width of the "
        "window's main lobe apart. A window that is shorter than the hop skips samples, so figures 8 and 9 "
        "cannot be "
        "inverted, and `audio.spectrogram` refuses such settings. An n_fft far above the window length "
        "gives more "
        "bins but no better resolution, which the window alone decides. `--sound FILE` adds a file of yours "
        "with the settings of the listing.",
    ]


def images(results: Results) -> list[str]:
    """Figures 15 to 18, 27 and 28."""
    figures = results.figures
    colours = figures["colours"]
    rows = [row | {"antialias": "yes" if row["antialias"] else "no"} for row in figures["resizing"]]
    greys = figures["greys"]
    header = {
        "interpolation": "interpolation",
        "antialias": "antialiased",
        "cells_read_percent": "cells used, %",
        "error_db": "error, dB",
    }
    return [
        *images_of("images-18-27"),
        "Figures 18 and 27: converting a colour image to grey changes the level by up to "
        f"{colours['magma']['off_by_db']:g} dB of {figures['floor_db']:g} with magma, "
        f"{_rising(colours['magma'])}, and by up to {colours['jet']['off_by_db']:g} dB with jet, "
        f"{_rising(colours['jet'])}. Tonespace keeps decibels and uses colours only for display. Min-max "
        f"scaling sets every clip's peak to 1, although the recordings' peaks differ by up to "
        f"{figures['level_range_db']:g} dB; we keep the level beside the spectrogram. This is recognised "
        "after "
        "each step, with the same inverse:",
        "",
        *table({"spectrogram": "spectrogram", "error_db": "error, dB"} | recognised_columns(greys), greys),
        "",
        *images_of("images-15", "images-16", "images-28"),
        f"Figures 15, 16 and 28: {results.settings['n_clips_inverted']} held-out recordings, reduced to 28 "
        "x 28, "
        "enlarged again and inverted with Griffin-Lim:",
        "",
        *table(header | recognised_columns(rows), rows),
        "",
        "Differences: the thesis names the methods; this table shows what each keeps. Our 28 x 28 comes "
        "from the "
        "spectrogram, not from a plot of 690 x 545 pixels. Cells used are those that contribute to the "
        "small image: "
        "without antialiasing, a method uses only the cells around its grid points, however small the "
        "image is. "
        f"{_standard_error(results)}",
    ]


def _rising(colour_map: Figures) -> str:
    return "whose grey always rises" if colour_map["rises_throughout"] else "whose grey rises and falls"


def _standard_error(results: Results) -> str:
    n_clips = results.settings["n_clips_inverted"]
    error = 100 * (0.25 / n_clips) ** 0.5
    return f"With {n_clips} recordings, the standard error of a share is at most {error:.1f} %."


def istft(results: Results) -> list[str]:
    """Figures 42 to 45 and 52 to 55."""
    figures = results.figures
    rows, replicas, durations = figures["true_spectrograms"], figures["replicas"], figures["durations_s"]
    measured = next(row for row in rows if "spectral_convergence" in row)
    measures = {
        "log_spectral_distance_db": "log-spectral distance, dB",
        "spectral_convergence": "convergence",
    }
    if "pesq" in measured:
        measures["pesq"] = "PESQ"
    clips = {"learned": "training", "held_out": "held out"}
    kinds = [key for key in replicas[0] if "," in key]
    flat = [
        {"epochs": row["epochs"], "thesis_epochs": row["thesis_epochs"]}
        | {f"{kind}: {name}": value for kind in kinds for name, value in row[kind].items()}
        for row in replicas
    ]
    shares = {
        f"{kind}: {name}": f"{clips[kind.partition(',')[0]]},{kind.partition(',')[2]}: "
        f"{name.removesuffix('_percent')}, %"
        for kind in kinds
        for name in replicas[0][kind]
    }
    return [
        *images_of("istft-42-55"),
        "Left: as in figure 42. Middle: as in the other figures. Right: our inverse. [12] after 2100 "
        "epochs is figure 42 and 43, after 2500 figure 44, and the recording is figure 45; [5] is figures "
        "52 to 55. "
        "Recordings are counted from 0 as in the thesis' lists; it does not say which ones it used. The "
        "input is "
        "what its listing saves: an inverted grey scale, with the highest frequency in the first row. The "
        "numbers of "
        "figure 42 cannot be run: 28 rows are the bins of 54 samples and the window is 100, which librosa "
        f"refuses; we use a frame of 100. Enlarged, a clip of {figures['clip_s']:g} s becomes "
        f"{durations['690 x 545']:g} s long.",
        "",
        f"{results.settings['n_clips_inverted']} held-out recordings, each inverted from its own "
        "spectrogram, without a "
        "network:",
        "",
        *table({"size": "spectrogram", "inverse": "inverse"} | recognised_columns(rows) | measures, rows),
        "",
        "*As printed*: enlarged, saved and read as above, grey values taken for magnitudes, zero phase, "
        "played at 44 kHz; recognised window by window, and too long to be compared clip by clip. "
        "*Literal*: grey values as magnitudes, not upside down, with the sizes and the rate of the "
        "transform. *Decibels "
        "kept*: Griffin-Lim on grey values. *Zero phase*: converted from decibels, no phase. The decibels "
        "matter "
        "first and the phase second. Log-spectral distance counts audible frames; convergence is of "
        "magnitudes, and 0 is equal; PESQ is narrow band, and means little where no word is left. "
        f"{_standard_error(results)}",
        "",
        "Replicas of the autoencoder that are recognised:",
        "",
        *table({"thesis_epochs": "epochs of the thesis", "epochs": "ours"} | shares, flat),
    ]
