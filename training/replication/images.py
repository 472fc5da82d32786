"""Figures 15 to 18, 27 and 28: what colours, min-max scaling and resizing take away from a spectrogram."""

from itertools import product

import keras
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramConfig, SpectrogramTransform
from training.dataset import Dataset
from training.replication import drawing, hearing
from training.replication.results import Figures, Settings
from training.replication.workshop import Workshop

Float32 = NDArray[np.float32]

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue; ITU-R BT.601
SMALL = (28, 28)
LARGE = (545, 690)
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3")
COLOUR_MAPS = ("magma", "jet")
SHOWN = 0  # the recording that is drawn


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on."""
    return {"n_heard": len(workshop.held_out)}


def run(workshop: Workshop) -> Figures:
    """Draws the pictures and measures each step on the held-out clips."""
    whole = _whole(workshop.config.spectrogram)
    clips = hearing.pictures(workshop, whole)
    images = clips.log_magnitude.astype(np.float32)
    _draw_colours(workshop, clips)
    _draw_sizes(workshop, images[SHOWN])
    untouched = _measured(workshop, clips, images, whole)
    levels = workshop.splits["train"].level_db
    return {
        "colours": {name: _grey_levels(name) for name in COLOUR_MAPS},
        "level_range_db": float(levels.max() - levels.min()),
        "resizing": [
            {"interpolation": "none", "antialias": False} | untouched,
            *_resized(workshop, clips, whole),
        ],
    }


def resize(images: Float32, size: tuple[int, int], interpolation: str, antialias: bool) -> Float32:
    """Pictures (n, height, width, 1) at another size, clipped to [0, 1]."""
    found = keras.ops.image.resize(images, size, interpolation=interpolation, antialias=antialias)
    return np.asarray(np.clip(keras.ops.convert_to_numpy(found), 0, 1), np.float32)


def _whole(spectrogram: SpectrogramConfig) -> SpectrogramConfig:
    return spectrogram.model_copy(update={"image_height": None, "image_width": None})


def _resized(workshop: Workshop, clips: Dataset, config: SpectrogramConfig) -> list[Figures]:
    """Every way down to 28 x 28 and up again."""
    images = clips.log_magnitude.astype(np.float32)
    rows = []
    for interpolation, antialias in product(INTERPOLATIONS, (False, True)):
        if interpolation == "nearest" and antialias:
            continue  # one source cell for one target cell: there is nothing to smooth
        small = resize(images, SMALL, interpolation, antialias)
        again = resize(small, config.image_shape, interpolation, antialias=False)
        about = {"interpolation": interpolation, "antialias": antialias}
        rows.append(about | _measured(workshop, clips, again, config))
    return rows


def _measured(workshop: Workshop, clips: Dataset, images: Float32, config: SpectrogramConfig) -> Figures:
    """How far the pictures are from the true ones, and what is heard in them after Griffin-Lim."""
    transform = SpectrogramTransform(config)
    error = np.square(images - clips.log_magnitude.astype(np.float32)).mean(axis=(1, 2, 3))
    pairs = zip(images[..., 0], clips.level_db, strict=True)
    waveforms = [transform.inverse(image, float(level)) for image, level in pairs]
    distance_db = float(np.sqrt(error).mean() * -config.floor_db)
    return {"picture_error_db": distance_db} | hearing.recognised(workshop, waveforms, clips.labels)


def grey(image: Float32, colour_map: str) -> Float32:
    """The luminance of a picture in [0, 1] that was drawn in a colour map."""
    return np.asarray(mpl.colormaps[colour_map](image)[..., :3] @ np.array(LUMINANCE), np.float32)


def _grey_levels(colour_map: str) -> Figures:
    """Whether the grey of a colour map still tells the level, and by how many dB of 80 it is off."""
    level = np.linspace(0, 1, 256, dtype=np.float32)
    luminance = grey(level, colour_map)
    scaled = (luminance - luminance.min()) / (luminance.max() - luminance.min())
    turns = int((np.diff(np.sign(np.diff(luminance))) != 0).sum())
    return {"off_by_db": 80 * float(np.abs(scaled - level).max()), "rises_throughout": turns == 0}


def _draw_colours(workshop: Workshop, clips: Dataset) -> None:
    label = next(iter(clips.labels))
    first = clips.labels[label][SHOWN]
    same = np.flatnonzero(clips.labels[label] == first)
    other = np.flatnonzero(clips.labels[label] != first)
    chosen = [int(same[0]), int(same[-1]), int(other[0])]
    with drawing.picture(workshop.folder / "images-18-27.png", 2, 3, 3.2) as axes:
        for column, i in enumerate(chosen):
            image = clips.log_magnitude[i, ..., 0].astype(np.float32)
            for row, shown in enumerate((mpl.colormaps["magma"](image), grey(image, "magma"))):
                axes[row, column].imshow(shown, origin="lower", aspect="auto", cmap="gray", vmin=0, vmax=1)
                axes[row, column].axis("off")
            axes[0, column].set_title(clips.files[i])
        axes[1, 1].set_title("the same in grey")


def _draw_sizes(workshop: Workshop, image: Float32) -> None:
    small = resize(image[None], SMALL, "bilinear", True)
    drawn = [("129 x 128", image), ("28 x 28 (figure 28)", small[0])]
    drawn += [(f"up: {name}", resize(small, LARGE, name, False)[0]) for name in INTERPOLATIONS]
    with drawing.picture(workshop.folder / "images-15-28.png", 2, 3, 3.4) as axes:
        drawing.show_images(axes.flat, [shown for _, shown in drawn], [title for title, _ in drawn])
    cells = np.eye(3, dtype=np.float32)[None, ..., None]
    with drawing.picture(workshop.folder / "images-16.png", 1, 4, 1.6) as axes:
        three = [resize(cells, (9, 9), name, False)[0] for name in INTERPOLATIONS[:3]]
        titles = ["3 x 3", *(f"9 x 9, {name}" for name in INTERPOLATIONS[:3])]
        drawing.show_images(axes[0], [cells[0], *three], titles)
