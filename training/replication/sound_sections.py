"""What the page says of sound: the finding, the transform, its pictures and its inverse."""

from collections.abc import Mapping

from training.replication.markdown import heard_columns, pictures, table
from training.replication.results import Figures, Results

OVERFITTED_EPOCHS = 10_000  # figure 51


def beginning(found: Mapping[str, Results]) -> list[str]:
    """The title, what the page is, and the finding."""
    lines = [
        "# The thesis, replicated",
        "",
        "Tonespace began as a master thesis, *Sound and Tone Replicating AI* (R. Upreti, 2023): pictures "
        "of spoken digits, an autoencoder with two latent dimensions, and a sound that did not come back. "
        "This page goes through its figures with the thesis open beside it. `make replication` runs "
        "everything below and writes it again, one experiment with `python -m training replicate NAME`; "
        "what stands is skipped, a training that was killed goes on, `--share` shortens the trainings and "
        "`--folder` writes elsewhere. Every number of ours is read from the results file that is named with "
        "it. PESQ comes with the `judges` extra, costs on torch and jax where these are installed beside; "
        "without them those figures are left out.",
        "",
    ]
    if "istft" in found:
        lines += [*_finding(found["istft"].figures), ""]
    shares = {name: r.settings.get("share_of_epochs", 1) for name, r in found.items()}
    shares = {name: share for name, share in shares.items() if share < 1}
    if shares:
        told = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        lines += [f"**Shortened here** with `--share`, to this part of the thesis' epochs: {told}.", ""]
    if "spectrogram_autoencoder" in found:
        longest = found["spectrogram_autoencoder"].settings["last_epoch"]
        if longest < OVERFITTED_EPOCHS:
            lines += [
                f"**Figure 51** is drawn after {longest} epochs in place of its {OVERFITTED_EPOCHS:,}: "
                "`--overfit` takes more.",
                "",
            ]
    return lines


def _finding(figures: Figures) -> list[str]:
    rows = {(row["size"], row["inverse"]): row for row in figures["true_pictures"]}
    printed, literal, right = (rows["28 x 28", name] for name in ("as printed", "literal", "Griffin-Lim"))
    name = next(key for key in right if key.endswith("_percent"))
    label = name.removesuffix("_percent")
    chance = figures["chance_percent"][label]
    last = figures["replicas"][-1]
    held_out = last["held_out, Griffin-Lim"][name]
    return [
        "**Where the sound was lost.** Of perfect 28 x 28 pictures, inverted as the thesis did, "
        f"{printed[name]:g} % are heard as the {label} that was said ({literal[name]:g} % at the right "
        f"sizes; chance is {chance:g} %). The same pictures with their decibels undone and Griffin-Lim's "
        f"phase: {right[name]:g} %. So the inversion lost the sound before a network had a part in it.",
        "",
        f"The network loses as well, which the right inverse lets us hear: after {last['epochs']} epochs "
        f"{last['learned, Griffin-Lim'][name]:g} % of the replicas of what it learned from are heard right, "
        f"and {held_out:g} % of recordings that it did not know. Two dimensions are few.",
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
        "bin_hz": "bins every, Hz",
        "resolved_hz": "resolved, Hz",
        "unseen_percent": "samples never seen, %",
        "numbers_per_sample": "numbers a sample",
        "round_trip_db": "there and back, dB",
    }
    return [
        *pictures("stft-1-2", "stft-3-4", "stft-6-7"),
        f"1 and 2: the same. 3 and 4: {figures['dft']['sound']} for the words on the Moon. Played backwards "
        f"the recording has the same DFT magnitudes, to {figures['dft']['backwards_differs_percent']:.1g} "
        "%: when something is said is in the phases alone. 6 and 7: the windows, and beside them what each "
        "of them leaks, which is why it is Hann's.",
        "",
        *pictures(*(f"stft-{row['figure']}" for row in figures["settings"])),
        *table(header, figures["settings"]),
        "",
        "What differs: the sounds and their rates (the thesis' listing loads everything at 22,050 Hz), and "
        "the last five columns. Resolved are two tones as far apart as half of the window's peak is wide. A "
        "window "
        "shorter than the hop steps over samples, so figures 8 and 9 cannot be inverted, and "
        "`audio.spectrogram` refuses such settings. An "
        "n_fft far above the window draws more bins, but what can be told apart is set by the window: the "
        "bins lie closer than the resolution. `--sound FILE` adds a file of yours in the listing's setting.",
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
        "cells_read_percent": "cells read, %",
        "picture_error_db": "error, dB",
    }
    return [
        *pictures("images-18-27"),
        "18 and 27: a picture in colours and its grey differ in level by up to "
        f"{colours['magma']['off_by_db']:g} dB of {figures['floor_db']:g} in magma, "
        f"{_rising(colours['magma'])}, and by up to {colours['jet']['off_by_db']:g} dB in jet, "
        f"{_rising(colours['jet'])}. Tonespace keeps decibels and draws colours only for people. Min-max "
        f"scaling sets every clip's peak to 1, and the recordings' peaks lie up to "
        f"{figures['level_range_db']:g} dB apart; we keep the level beside the picture. What is heard after "
        "each, through the same inverse:",
        "",
        *table({"picture": "picture", "picture_error_db": "error, dB"} | heard_columns(greys), greys),
        "",
        *pictures("images-15", "images-16", "images-28"),
        f"15, 16 and 28: down to 28 x 28 and up again, {results.settings['n_heard']} held-out recordings, "
        "heard after Griffin-Lim by a recogniser that learned from real recordings:",
        "",
        *table(header | heard_columns(rows), rows),
        "",
        "What differs: the thesis names the methods, here is what each keeps; 28 x 28 comes from our "
        "spectrogram, not from a drawing of 690 x 545. Cells read are those that have a part in the small "
        "picture; without antialiasing a method reads only those around its places, however small the "
        f"picture. {_certainty(results)}",
    ]


def _rising(colour_map: Figures) -> str:
    return "whose grey rises throughout" if colour_map["rises_throughout"] else "whose grey rises and falls"


def _certainty(results: Results) -> str:
    n_heard = results.settings["n_heard"]
    off = 100 * (0.25 / n_heard) ** 0.5
    return f"Of {n_heard} recordings, a share is known to {off:.1f} % or better (one standard error)."


def istft(results: Results) -> list[str]:
    """Figures 42 to 45 and 52 to 55."""
    figures = results.figures
    rows, replicas, lasts = figures["true_pictures"], figures["replicas"], figures["lasts_s"]
    measured = next(row for row in rows if "spectral_convergence" in row)
    measures = {
        "log_spectral_distance_db": "log-spectral distance, dB",
        "spectral_convergence": "convergence",
    }
    if "pesq" in measured:
        measures["pesq"] = "PESQ"
    whose = [key for key in replicas[0] if "," in key]
    flat = [
        {"epochs": row["epochs"], "thesis_epochs": row["thesis_epochs"]}
        | {f"{key}: {name}": value for key in whose for name, value in row[key].items()}
        for row in replicas
    ]
    heard = {key: key.replace("_percent", ", %").replace("_", " ") for key in flat[0] if ":" in key}
    return [
        *pictures("istft-42-55"),
        "Left as in figure 42, in the middle as in the others, right through our inverse. [12] after 2100 "
        "epochs is figure 42 and 43, after 2500 figure 44, recorded figure 45; [5] are figures 52 to 55. "
        "Recordings are counted from 0 as in the thesis' lists; which ones it had is not told. What goes in "
        "is what its listing saves: the reverse of grey, the highest frequency in the first row. Figure 42's "
        "numbers cannot be run: 28 rows are the bins of 54 samples and the window is 100, which librosa "
        f"refuses; the frame is 100 here. Enlarged, a clip of {figures['word_lasts_s']:g} s lasts "
        f"{lasts['690 x 545']:g} s.",
        "",
        f"{results.settings['n_heard']} held-out recordings, each from its own picture, no network between:",
        "",
        *table({"size": "picture", "inverse": "inverse"} | heard_columns(rows) | measures, rows),
        "",
        "*As printed*: enlarged, saved and read as above, grey values taken for magnitudes, zero phase, "
        "played at 44 kHz; heard second by second to its end, and too long to be compared clip by clip. "
        "*Literal*: "
        "grey values as magnitudes, the right way up, at the sizes and the rate of the transform. *Decibels "
        "kept*: Griffin-Lim on grey values. *Zero phase*: decibels undone, no phase. What differs is the "
        "decibels first and the phase second. Log-spectral distance is over the frames that are heard, "
        "convergence of magnitudes, 0 is equal, PESQ narrow band; of sounds in which no word is left it says "
        f"little. {_certainty(results)}",
        "",
        "The replicas of the autoencoder, percent heard right:",
        "",
        *table({"thesis_epochs": "epochs of the thesis", "epochs": "ours"} | heard, flat),
    ]
