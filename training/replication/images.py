"""Figures 15 to 18, 27 and 28: what colours, min-max scaling and resizing remove from a spectrogram."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import keras
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.data.dataset import Dataset
from training.measure.recogniser import VERSION
from training.replication import drawing, recognition
from training.replication.results import Figures, Settings
from training.replication.workshop import Workshop

Float32 = NDArray[np.float32]

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue; ITU-R BT.601
SMALL = (28, 28)
LARGE = (545, 690)
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3")
COLOUR_MAPS = ("magma", "jet")
SHOWN = 0  # the recording that is shown
SPEAKERS = ("jackson", "lucas")  # of figure 18
N_COMPRESSED = 5  # of figure 28
SHADES = np.linspace(0, 1, 256, dtype=np.float32)
TINY = 1e-6


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    return {
        "data": workshop.fingerprint,
        "n_clips_inverted": len(workshop.held_out),
        "recogniser": VERSION,
    }


def run(workshop: Workshop) -> Figures:
    """Plots the images and measures each step on the held-out clips."""
    full = whole(workshop.config.spectrogram)
    clips = recognition.spectrograms(workshop, full)
    images = clips.log_magnitude.astype(np.float32)
    _draw_colours(workshop, clips)
    _draw_sizes(workshop, images[SHOWN])
    untouched = _measured(workshop, clips, images, full)
    levels = workshop.splits["train"].level_db
    median = np.full_like(clips.level_db, np.median(levels))
    return {
        "floor_db": -full.floor_db,
        "colours": {name: _grey_levels(name, -full.floor_db) for name in COLOUR_MAPS},
        "level_range_db": float(levels.max() - levels.min()),
        "greys": [
            {"spectrogram": "decibels"} | untouched,
            {"spectrogram": "min-max scaled, its level lost"}
            | _measured(workshop, replace(clips, level_db=median), images, full),
            *(
                {"spectrogram": f"in the colours of {name}, converted to grey"}
                | _measured(workshop, clips, _greyed(images, name), full)
                for name in COLOUR_MAPS
            ),
        ],
        "resizing": [
            {"interpolation": "none", "antialias": False, "cells_read_percent": 100.0} | untouched,
            *_resized(workshop, clips, full),
        ],
    }


def resize(images: Float32, size: tuple[int, int], interpolation: str, antialias: bool) -> Float32:
    """Images (n, height, width, 1) at another size, clipped to [0, 1]."""
    found = keras.ops.image.resize(images, size, interpolation=interpolation, antialias=antialias)
    return np.asarray(np.clip(keras.ops.convert_to_numpy(found), 0, 1), np.float32)


def whole(spectrogram: SpectrogramConfig) -> SpectrogramConfig:
    """The same spectrogram without resizing."""
    return spectrogram.at_full_resolution()


def _resized(workshop: Workshop, clips: Dataset, config: SpectrogramConfig) -> list[Figures]:
    """Every way down to 28 x 28 and up again."""
    images = clips.log_magnitude.astype(np.float32)
    rows = []
    for interpolation, antialias in product(INTERPOLATIONS, (False, True)):
        if interpolation == "nearest" and antialias:
            continue  # one source cell for one target cell: there is nothing to smooth
        small = resize(images, SMALL, interpolation, antialias)
        again = resize(small, config.image_shape, interpolation, antialias=False)
        read = _cells_read_percent(config.image_shape, interpolation, antialias)
        about = {"interpolation": interpolation, "antialias": antialias, "cells_read_percent": read}
        rows.append(about | _measured(workshop, clips, again, config))
    return rows


def _measured(workshop: Workshop, clips: Dataset, images: Float32, config: SpectrogramConfig) -> Figures:
    """How far the images are from the true ones, and how well they are recognised after Griffin-Lim."""
    transform = SpectrogramTransform(config)
    error = np.square(images - clips.log_magnitude.astype(np.float32)).mean(axis=(1, 2, 3))
    pairs = zip(images[..., 0], clips.level_db, strict=True)
    waveforms = [transform.inverse(image, float(level)) for image, level in pairs]
    distance_db = float(np.sqrt(error).mean() * -config.floor_db)
    return {"error_db": distance_db} | recognition.recognised(workshop, waveforms, clips.labels)


def _cells_read_percent(shape: tuple[int, int], interpolation: str, antialias: bool) -> float:
    """The share of cells that contribute to the small image, in percent; axes are resized in turn."""
    read = 1.0
    for side, small in zip(shape, SMALL, strict=True):
        lines = np.eye(side, dtype=np.float32)[:, :, None, None]  # one cell of a line each
        resized = keras.ops.image.resize(lines, (small, 1), interpolation=interpolation, antialias=antialias)
        read *= float((np.abs(keras.ops.convert_to_numpy(resized)) > TINY).any(axis=(1, 2, 3)).mean())
    return 100 * read


def _greyed(images: Float32, colour_map: str) -> Float32:
    """Images in a colour map converted to grey, scaled from its darkest to its lightest."""
    darkest, lightest = (extreme(grey(SHADES, colour_map)) for extreme in (np.min, np.max))
    return (grey(images, colour_map) - darkest) / (lightest - darkest)


def grey(image: Float32, colour_map: str) -> Float32:
    """The luminance of an image in [0, 1] after a colour map."""
    return np.asarray(mpl.colormaps[colour_map](image)[..., :3] @ np.array(LUMINANCE), np.float32)


def _grey_levels(colour_map: str, range_db: float) -> Figures:
    """Whether the grey of a colour map rises with the level, and its largest error in dB."""
    off = np.abs(_greyed(SHADES, colour_map) - SHADES).max()
    turns = int((np.diff(np.sign(np.diff(grey(SHADES, colour_map)))) != 0).sum())
    return {"off_by_db": range_db * float(off), "rises_throughout": turns == 0}


def _draw_colours(workshop: Workshop, clips: Dataset) -> None:
    """The same word by two speakers and another word, in colours and in grey."""
    words, *others = clips.labels.values()
    speakers = next(iter(others), np.zeros_like(words))
    known = list(clips.values.values())[-1]
    two = [known.index(name) for name in SPEAKERS if name in known] or list(np.unique(speakers)[[0, -1]])
    wanted = [*((words == words[SHOWN]) & (speakers == speaker) for speaker in two), words != words[SHOWN]]
    chosen = [int(np.flatnonzero(own)[0]) for own in wanted if own.any()]
    with drawing.figure(workshop.folder / "images-18-27.png", 2, len(chosen), 3.2) as axes:
        for column, i in enumerate(chosen):
            image = clips.log_magnitude[i, ..., 0].astype(np.float32)
            for row, shown in enumerate((mpl.colormaps["magma"](image), grey(image, "magma"))):
                axes[row, column].imshow(shown, origin="lower", aspect="auto", cmap="gray", vmin=0, vmax=1)
                axes[row, column].axis("off")
            axes[0, column].set_title(clips.files[i])
            axes[1, column].set_title("the same in grey")


def _draw_sizes(workshop: Workshop, image: Float32) -> None:
    small = resize(image[None], SMALL, "bilinear", True)
    height, width, _ = image.shape
    sized = [(f"{height} x {width}", image), ("28 x 28", small[0])]
    sized += [(f"up: {name}", resize(small, LARGE, name, False)[0]) for name in INTERPOLATIONS]
    with drawing.figure(workshop.folder / "images-15.png", 2, 3, 3.4) as axes:
        drawing.show_images(axes.flat, [shown for _, shown in sized], [title for title, _ in sized])
    first = workshop.learned.take(np.arange(min(N_COMPRESSED, len(workshop.learned))))
    with drawing.figure(workshop.folder / "images-28.png", 1, len(first), 1.8) as axes:
        drawing.show_images(axes[0], first.log_magnitude.astype(np.float32), first.files, "equal")
    cells = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1) / np.float32(9)
    spread = np.full((9, 9), np.nan, np.float32)
    spread[1::3, 1::3] = cells[0, ..., 0]
    filled = [resize(cells, (9, 9), name, False)[0] for name in INTERPOLATIONS]
    titles = ["3 x 3", "9 x 9, unfilled", *INTERPOLATIONS]
    with drawing.figure(workshop.folder / "images-16.png", 1, len(titles), 1.6) as axes:
        _show_cells(axes[0], [cells[0], spread, *filled], titles)


def _show_cells(axes: drawing.Axes, images: Sequence[NDArray[np.floating]], titles: Sequence[str]) -> None:
    drawing.show_images(axes, images, titles, "equal")
    for ax in axes:
        ax.set_facecolor("0.9")
        ax.set_axis_on()
        ax.set(xticks=[], yticks=[])
