"""The training clips of a model in two dimensions, with the way back from there to a z."""

import gzip
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.answer_schemas import MapAnswer, MapAxes, MapDimension, MapPoints
from service.store import Model

Float64 = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]

MAX_POINTS = 4000
MAX_COORDINATES = 200_000  # of all z that are told: about 1 MB of JSON
GZIP_LEVEL = 6
ISLAND_RADIUS = 0.42  # of the distance between the columns of islands
ISLAND_SHARE = 0.97  # of the clips lie within it
MAX_ROW_HEIGHT = 1.5
DIGITS = 4  # of a rounded coordinate, counted from those of the widest spread


class Projection(NamedTuple):
    """A plane through the latent space: a step of xy is a step of xy @ axes in z."""

    kind: Literal["identity", "principal-components", "islands"]
    origin: Float64  # (latent_dim,), the z of xy = 0; of islands zeros, as each has its own
    axes: Float64  # (2, latent_dim), orthogonal rows; a row of zeros where there is no such dimension
    explained: Float64  # (2,), share of the variance
    xy: Float64  # (n_clips, 2)


def project(z: Float64, labels: Sequence[Indices] = ()) -> Projection:
    """The clips themselves where z has two coordinates, else islands of equal labels, else a plane.

    Where labels steer the decoder, z says nothing of them: clips of other labels would lie upon each other.

    Args:
        z: float64 of shape (n_clips, latent_dim).
        labels: of each label that steers the decoder, the index of each clip's value, (n_clips,).
    """
    latent_dim = z.shape[1]
    total = max(float(z.var(axis=0).sum()), np.finfo(float).tiny)
    if latent_dim <= 2:
        axes = np.zeros((2, latent_dim))
        np.fill_diagonal(axes, 1)
        xy = z @ axes.T
        return Projection("identity", np.zeros(latent_dim), axes, xy.var(axis=0) / total, xy)
    if labels:
        return _islands(z, labels)
    origin = z.mean(axis=0)
    axes = _principal_axes(z - origin)
    xy = (z - origin) @ axes.T
    return Projection("principal-components", origin, axes, xy.var(axis=0) / total, xy)


def _islands(z: Float64, labels: Sequence[Indices]) -> Projection:
    """An island for each combination of labels; all have the axes along which clips of one differ."""
    columns, rows = _grid(labels)
    _, island = np.unique(np.stack([columns, rows]), axis=1, return_inverse=True)
    middles = np.stack([z[island == i].mean(axis=0) for i in range(island.max() + 1)])
    within = z - middles[island]
    axes = _principal_axes(within)
    xy = within @ axes.T
    explained = xy.var(axis=0) / max(float(within.var(axis=0).sum()), np.finfo(float).tiny)
    reach = float(np.quantile(np.linalg.norm(xy, axis=1), ISLAND_SHARE))
    scale = ISLAND_RADIUS / reach if reach > 0 else 1.0
    height = np.clip((columns.max() + 1) / (rows.max() + 1), 1, MAX_ROW_HEIGHT)
    centres = np.stack([columns, -rows * height], axis=1)
    return Projection("islands", np.zeros(z.shape[1]), axes / scale, explained, centres + xy * scale)


def _grid(labels: Sequence[Indices]) -> tuple[Indices, Indices]:
    """The column and the row of each clip: the first label across, all others down; one alone in a square."""
    first, *others = labels
    if others:
        return first, np.unique(np.stack(others), axis=1, return_inverse=True)[1].reshape(-1)
    n_columns = int(np.ceil(np.sqrt(first.max() + 1)))
    return first % n_columns, first // n_columns


def _principal_axes(centred: Float64) -> Float64:
    """The two directions of most variance, (2, latent_dim); zeros for a second one of a single clip."""
    n_clips, latent_dim = centred.shape
    if latent_dim <= n_clips:  # a hundred times faster than the decomposition of all clips
        axes = np.linalg.eigh(centred.T @ centred)[1][:, :-3:-1].T  # eigh's are ascending
    else:
        axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
        axes = np.pad(axes, ((0, 2 - len(axes)), (0, 0)))
    strongest = np.abs(axes).argmax(axis=1)
    signs = np.where(axes[[0, 1], strongest] < 0, -1, 1)  # arbitrary, so always the same
    return np.asarray(axes * signs[:, None])


@lru_cache(maxsize=16)
def map_bytes(model: Model, with_z: bool) -> bytes:
    """The map as JSON, computed once."""
    return map_answer(model, with_z).model_dump_json().encode()


@lru_cache(maxsize=16)
def zipped_map_bytes(model: Model, with_z: bool) -> bytes:
    """The map as gzipped JSON, computed once."""
    return gzip.compress(map_bytes(model, with_z), GZIP_LEVEL, mtime=0)


def map_answer(model: Model, with_z: bool) -> MapAnswer:
    """The map; a large set of clips is thinned out evenly, with z more than without."""
    manifest, latents = model.manifest, model.latents
    z = latents.z_mean.astype(np.float64)
    n_clips, latent_dim = z.shape
    projection = project(z, [latents.labels[name] for name in manifest.labels])
    limit = min(MAX_POINTS, max(1, MAX_COORDINATES // latent_dim)) if with_z else MAX_POINTS
    clips = np.unique(np.linspace(0, n_clips - 1, min(limit, n_clips)).round().astype(int))
    spread, mean = z.std(axis=0), z.mean(axis=0)
    decimals = _decimals(float(spread.max()))
    return MapAnswer(
        model=manifest.name,
        version=manifest.version,
        latent_dim=latent_dim,
        projection=projection.kind,
        axes=MapAxes(
            origin=_rounded(projection.origin, 6),
            x_axis=_rounded(projection.axes[0], 6),
            y_axis=_rounded(projection.axes[1], 6),
        ),
        explained=_rounded(projection.explained, 4),
        dimensions=[
            MapDimension(
                index=int(i), mean=round(float(mean[i]), 6), standard_deviation=round(float(spread[i]), 6)
            )
            for i in np.argsort(-spread, kind="stable")
        ],
        values={name: list(values) for name, values in (manifest.labels | manifest.clip_labels).items()},
        n_clips=n_clips,
        points=MapPoints(
            clip=clips.tolist(),
            x=_rounded(projection.xy[clips, 0], decimals),
            y=_rounded(projection.xy[clips, 1], decimals),
            labels={name: indices[clips].tolist() for name, indices in latents.labels.items()},
            z=[_rounded(row, decimals) for row in z[clips]] if with_z else None,
        ),
    )


def _decimals(spread: float) -> int:
    """So many that DIGITS are told of a coordinate as large as the spread."""
    return max(0, DIGITS - 1 - int(np.floor(np.log10(spread)))) if spread > 0 else DIGITS


def _rounded(values: Float64, decimals: int) -> list[float]:
    rounded: list[float] = np.round(values, decimals).tolist()
    return rounded
