"""The clips of a model on a plane, with the way back from there to a z."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Manifest
from audio.model_directory import Latents
from audio.scale import numbers_of

Float64 = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]

CLUSTER_RADIUS = 0.42  # of the distance between the columns of clusters
CLUSTER_SHARE = 0.97  # of the clips lie within it
MAX_ROW_HEIGHT = 1.5
N_BLENDED = 4  # nearest clips that give the dimensions beyond the plane
ON_A_CLIP = 1e-9  # squared distance


class Projection(NamedTuple):
    """A plane through the latent space: a step of xy is a step of xy @ axes in z."""

    kind: Literal["identity", "principal-components", "clusters"]
    origin: Float64  # (latent_dim,), the z of xy = 0; of clusters zeros, as each has its own
    axes: Float64  # (2, latent_dim), orthogonal rows; a row of zeros where there is no such dimension
    explained: Float64  # (2,), share of the variance
    xy: Float64  # (n_clips, 2)
    cluster: Indices  # (n_clips,), of each clip; 0 where there are none

    def nearest(self, place: Float64, count: int = 1) -> Indices:
        """The clips around a place, (2,), nearest first."""
        return np.argsort(np.square(self.xy - place).sum(axis=1), kind="stable")[:count]

    def labelled(self, place: Float64) -> int:
        """The clip whose labels a place, (2,), has: the nearest one.

        Where x is a number, it is the one of that cluster which is nearest in x.
        """
        nearest = int(self.nearest(place)[0])
        if self.axes[0].any():
            return nearest
        there = np.flatnonzero(self.cluster == self.cluster[nearest])
        dx, dy = np.abs(self.xy[there] - place).T
        return int(there[np.lexsort((dy, dx))[0]])

    def z_under(self, place: Float64, z: Float64) -> Float64:
        """The z of a place: the plane's own, and what the nearest clips add beside it, the nearer the more.

        Args:
            place: x and y, (2,).
            z: of the clips that were projected, (n_clips, latent_dim).
        """
        around = self.nearest(place, N_BLENDED)
        weights = 1 / (np.square(self.xy[around] - place).sum(axis=1) + ON_A_CLIP)
        beside = z[around] - self.origin - self.xy[around] @ self.axes
        return np.asarray(self.origin + place @ self.axes + weights @ beside / weights.sum())


def project_clips(latents: Latents, manifest: Manifest) -> Projection:
    """The map of a model's clips: names that steer its decoder make clusters, `x_number` is x within them."""
    names = [latents.labels[name] for name in manifest.labels if name not in manifest.numbers]
    z, number = latents.z_mean.astype(np.float64), x_number(manifest)
    if number is None:
        return project(z, names)
    scale = numbers_of(manifest.labels[number])
    across = (2 * scale - scale[0] - scale[-1]) / ((scale[-1] - scale[0]) or 1)
    return project(z, names, across[latents.labels[number]])


def x_number(manifest: Manifest) -> str | None:
    """The label that is x within the clusters of a map: the first number that steers the decoder."""
    numbers = (name for name in manifest.labels if name in manifest.numbers)
    return next(numbers, None) if manifest.latent_dim > 2 else None


def project(z: Float64, labels: Sequence[Indices] = (), across: Float64 | None = None) -> Projection:
    """The clips themselves where z has two coordinates, else clusters of equal labels, else a plane.

    Where labels steer the decoder, z says nothing of them: clips of other labels would lie upon each other.

    Args:
        z: float64 of shape (n_clips, latent_dim).
        labels: of each label that steers the decoder, the index of each clip's value, (n_clips,).
        across: of a number that steers the decoder, each clip's as a place in its cluster, (n_clips,), from
            -1 at the left to 1 at the right. Then x is that number, and only y is a direction of z.
    """
    n_clips, latent_dim = z.shape
    alone = np.zeros(n_clips, np.intp)
    total = max(float(z.var(axis=0).sum()), np.finfo(float).tiny)
    if latent_dim <= 2:
        axes = np.zeros((2, latent_dim))
        np.fill_diagonal(axes, 1)
        xy = z @ axes.T
        return Projection("identity", np.zeros(latent_dim), axes, xy.var(axis=0) / total, xy, alone)
    if labels or across is not None:
        return _clusters(z, labels or [alone], across)
    origin = z.mean(axis=0)
    axes = _principal_axes(z - origin)
    xy = (z - origin) @ axes.T
    return Projection("principal-components", origin, axes, xy.var(axis=0) / total, xy, alone)


def _clusters(z: Float64, labels: Sequence[Indices], across: Float64 | None) -> Projection:
    """A cluster for each combination of labels; all share the axes along which clips of a cluster differ."""
    columns, rows = _grid(labels)
    _, cluster = np.unique(np.stack([columns, rows]), axis=1, return_inverse=True)
    middles = np.stack([z[cluster == i].mean(axis=0) for i in range(cluster.max() + 1)])
    within = z - middles[cluster]
    axes = _principal_axes(within)
    if across is not None:
        axes = np.stack([np.zeros(z.shape[1]), axes[0]])
    xy = within @ axes.T
    explained = xy.var(axis=0) / max(float(within.var(axis=0).sum()), np.finfo(float).tiny)
    reach = float(np.quantile(np.linalg.norm(xy, axis=1), CLUSTER_SHARE))
    scale = CLUSTER_RADIUS / reach if reach > 0 else 1.0
    places = xy * scale
    if across is not None:
        places[:, 0] = CLUSTER_RADIUS * across
    height = np.clip((columns.max() + 1) / (rows.max() + 1), 1, MAX_ROW_HEIGHT)
    centres = np.stack([columns, -rows * height], axis=1)
    return Projection("clusters", np.zeros(z.shape[1]), axes / scale, explained, centres + places, cluster)


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
