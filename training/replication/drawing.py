"""The style of the figures on the page, and how they stay small."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

DOTS_PER_INCH = 90
N_COLOURS = 255  # of a figure's palette
WIDTH_INCHES = 8.0
STYLE = {
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.linewidth": 0.6,
    "lines.linewidth": 0.9,
    "image.cmap": "magma",
    "legend.frameon": False,
}

Axes = Any  # matplotlib has no type stubs that mypy follows here


@contextmanager
def figure(path: Path, n_rows: int, n_columns: int, height: float, **settings: Any) -> Iterator[Axes]:
    """Axes of shape (n_rows, n_columns) to plot on; they are saved as a PNG with few colours.

    Args:
        path: of the PNG.
        n_rows: of axes.
        n_columns: of axes.
        height: inches.
        settings: of `Figure.subplots`.
    """
    with mpl.rc_context(STYLE):
        page = Figure((WIDTH_INCHES, height), layout="constrained")
        yield page.subplots(n_rows, n_columns, squeeze=False, **settings)
        png = io.BytesIO()
        page.savefig(png, dpi=DOTS_PER_INCH)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(png).convert("RGB").quantize(N_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def show_waveform(axes: Axes, waveform: NDArray[np.floating], sample_rate: int, title: str) -> None:
    """A waveform over seconds."""
    axes.plot(np.arange(len(waveform)) / sample_rate, waveform, color="#31688e", linewidth=0.4)
    axes.set(title=title, xlabel="time, s", ylabel="amplitude", xlim=(0, len(waveform) / sample_rate))


def show_spectrogram(
    axes: Axes, decibels: NDArray[np.floating], duration_s: float, top_hz: float, title: str
) -> None:
    """A spectrogram in dB under its peak, (n_bins, n_frames)."""
    extent = (0, duration_s, 0, top_hz / 1000)
    image = axes.imshow(decibels, origin="lower", aspect="auto", extent=extent, vmin=-80, vmax=0)
    axes.set(title=title, xlabel="time, s", ylabel="frequency, kHz")
    axes.figure.colorbar(image, ax=axes, label="dB under the peak", pad=0.01)


def show_images(
    axes: Axes, images: Iterable[NDArray[np.floating]], titles: Sequence[str], aspect: str = "auto"
) -> None:
    """A row of images in [0, 1] without axes, low frequencies at the bottom."""
    for ax, image, title in zip(axes, images, titles, strict=True):
        shown = np.squeeze(image)
        ax.imshow(shown, origin="lower", vmin=0, vmax=1, aspect=aspect, interpolation="nearest")
        ax.set_title(title)
        ax.axis("off")


def show_latent(
    axes: Axes, z: NDArray[np.floating], label: NDArray[np.integer], names: Sequence[str], title: str
) -> None:
    """Points of a latent plane (n, 2), coloured by their label."""
    colours = mpl.colormaps["tab10"]
    for value, name in enumerate(names):
        points = z[label == value]
        axes.scatter(*points.T[:2], s=3, color=colours(value % 10), label=name, linewidths=0)
    axes.set(title=title, xlabel="z 1", ylabel="z 2")
    axes.legend(markerscale=3, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.1)
