"""The training clips of a model in two dimensions, and how a position there becomes a z."""

import numpy as np
from numpy.typing import NDArray

from audio.model_directory import Latents
from audio.projection import project_clips, x_number
from service.contract.model_answers import MapAnswer, MapAxes, MapDimension, MapPoints
from service.sound.store import Model

Float64 = NDArray[np.float64]

MAX_POINTS = 4000
MAX_COORDINATES = 400_000  # of all z in one answer: about 3 MB of JSON, 1 MB on the wire
DIGITS = 4  # of a rounded coordinate, counted from those of the widest spread


def clip_map(model: Model, with_z: bool) -> MapAnswer:
    """The map of a model. Of a large set of clips it shows an even selection, a smaller one with z."""
    manifest, latents = model.manifest, model.latents
    z = latents.z_mean.astype(np.float64)
    projection = project_clips(latents, manifest)
    return MapAnswer(
        model=manifest.name,
        version=manifest.version,
        latent_dim=manifest.latent_dim,
        projection=projection.kind,
        x_number=x_number(manifest),
        axes=MapAxes(
            origin=_rounded(projection.origin, 6),
            x_axis=_rounded(projection.axes[0], 6),
            y_axis=_rounded(projection.axes[1], 6),
        ),
        explained=_rounded(projection.explained, 4),
        dimensions=_dimensions(z),
        values={name: list(values) for name, values in (manifest.labels | manifest.clip_labels).items()},
        numbers=list(manifest.numbers),
        n_clips=len(z),
        points=_points(latents, z, projection.xy, with_z),
    )


def _dimensions(z: Float64) -> list[MapDimension]:
    """How the clips, (n_clips, latent_dim), spread along each coordinate, the widest first."""
    means, deviations = z.mean(axis=0), z.std(axis=0)
    return [
        MapDimension(
            index=int(i), mean=round(float(means[i]), 6), standard_deviation=round(float(deviations[i]), 6)
        )
        for i in np.argsort(-deviations, kind="stable")
    ]


def _points(latents: Latents, z: Float64, xy: Float64, with_z: bool) -> MapPoints:
    """An even selection of the clips at their places: z is (n_clips, latent_dim), xy (n_clips, 2)."""
    n_clips, latent_dim = z.shape
    limit = min(MAX_POINTS, max(1, MAX_COORDINATES // latent_dim)) if with_z else MAX_POINTS
    clips = np.unique(np.linspace(0, n_clips - 1, min(limit, n_clips)).round().astype(int))
    decimals = _decimals(float(z.std(axis=0).max()))
    return MapPoints(
        clip=clips.tolist(),
        x=_rounded(xy[clips, 0], decimals),
        y=_rounded(xy[clips, 1], decimals),
        labels={name: indices[clips].tolist() for name, indices in latents.labels.items()},
        z=[_rounded(row, decimals) for row in z[clips]] if with_z else None,
    )


def _decimals(spread: float) -> int:
    """The decimals that leave DIGITS of a coordinate as large as the spread."""
    return max(0, DIGITS - 1 - int(np.floor(np.log10(spread)))) if spread > 0 else DIGITS


def _rounded(values: Float64, decimals: int) -> list[float]:
    rounded: list[float] = np.round(values, decimals).tolist()
    return rounded
