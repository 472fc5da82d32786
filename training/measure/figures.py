"""Figures of a model: originals over replicas, samples by label, the map of its training clips."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from audio.manifest import Manifest
from audio.model_directory import Latents
from audio.projection import project_clips, x_number
from audio.spectrogram_config import SpectrogramConfig

Float32 = NDArray[np.float32]

REPLICAS_FILE, SAMPLES_FILE, MAP_FILE, MORPHS_FILE = "replicas.png", "samples.png", "map.png", "morphs.png"
DPI = 80
CELL_INCHES = 1.5
MAX_COLUMNS, MAX_ROWS = 10, 6
COLOURS = "magma"
N_COLOURS = 10
MAX_LEGEND = 20  # values that a legend can hold
N_SHADES = 256


def save_replicas(
    path: Path, originals: Float32, replicas: Float32, titles: Sequence[str], config: SpectrogramConfig
) -> None:
    """Spectrograms (n_clips, height, width, 1) of clips above those of their replicas."""
    save_grid(path, [list(originals), list(replicas)], titles, ["original", "replica"], config)


def save_samples(
    path: Path, images: Float32, labels: dict[str, NDArray[np.int64]], manifest: Manifest
) -> None:
    """A sample for each pair of values of the first two labels, or the first samples where there are none."""
    if not labels:
        n_columns = min(MAX_COLUMNS, len(images))
        n_rows = min(2, len(images) // n_columns)
        rows = [list(images[i * n_columns : (i + 1) * n_columns]) for i in range(n_rows)]
        save_grid(path, rows, [""] * n_columns, [""] * len(rows), manifest.spectrogram)
        return
    values = manifest.labels | manifest.clip_labels
    across, *down = list(labels)[:2]
    columns = values[across][:MAX_COLUMNS]
    lines = values[down[0]][:MAX_ROWS] if down else ("",)
    empty = np.full_like(images[0], np.nan)
    rows = []
    for line in range(len(lines)):
        of_line = labels[down[0]] == line if down else np.ones(len(images), np.bool_)
        found = [np.flatnonzero(of_line & (labels[across] == column)) for column in range(len(columns))]
        rows.append([images[indices[0]] if indices.size else empty for indices in found])
    save_grid(path, rows, [f"{across} {value}" for value in columns], list(lines), manifest.spectrogram)


def save_map(path: Path, latents: Latents, manifest: Manifest) -> None:
    """The training clips on the map that the page shows."""
    plane = project_clips(latents, manifest)
    figure = Figure(figsize=(6, 6), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    values = manifest.labels | manifest.clip_labels
    label = next(
        (n for n in latents.labels if len(values[n]) <= MAX_LEGEND), next(iter(latents.labels), None)
    )
    for i, value in enumerate(values[label] if label else ("",)):
        x, y = plane.xy[latents.labels[label] == i if label else slice(None)].T
        name = f"{label} {value}" if label else None
        axes.scatter(x, y, s=6, c=f"C{i % N_COLOURS}", linewidths=0, label=name)
    axes.set(xlabel=f"x, {x_number(manifest) or plane.kind.replace('-', ' ')}", ylabel="y")
    if label:
        axes.legend(markerscale=2, fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    _save(figure, path)


def save_grid(
    path: Path,
    rows: Sequence[Sequence[Float32]],
    columns: Sequence[str],
    lines: Sequence[str],
    config: SpectrogramConfig,
) -> None:
    """Writes rows of spectrograms, (height, width, 1) each, with titles of columns and lines."""
    size = (CELL_INCHES * len(columns) + 1.2, CELL_INCHES * len(rows) + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True, sharey=True)
    extent = (0.0, config.duration_s, 0.0, config.sample_rate / 2000)
    shown = None
    for line, (row, cells) in enumerate(zip(rows, grid, strict=True)):
        for image, axes, title in zip(row, cells, columns, strict=True):
            shown = axes.imshow(
                (image[..., 0] - 1) * -config.floor_db,
                origin="lower",
                aspect="auto",
                extent=extent,
                cmap=COLOURS,
                vmin=config.floor_db,
                vmax=0,
            )
            if line == 0:
                axes.set_title(title, fontsize=8)
            axes.tick_params(labelsize=7)
        cells[0].set_ylabel(f"{lines[line]}\nkHz".strip(), fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("s", fontsize=8)
    bar = figure.colorbar(shown, ax=grid, label="dB under the peak", fraction=0.02, pad=0.01)
    bar.ax.tick_params(labelsize=7)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    """As PNG with a palette: a third of the bytes."""
    png = io.BytesIO()
    figure.savefig(png, format="png")
    with Image.open(png) as image:
        image.convert("RGB").quantize(N_SHADES, dither=Image.Dither.NONE).save(path, optimize=True)
