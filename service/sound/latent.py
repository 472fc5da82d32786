"""Arithmetic on points of the latent space."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.contract.queries import Method

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

MIN_ANGLE = 1e-4  # radians from parallel or opposite, nearer to which no arc is well defined


def weighted_sum(weights: Sequence[float], points: Sequence[Float32]) -> Float32:
    """The sum of weight times point, float32 of shape (latent_dim,)."""
    return np.asarray(np.asarray(weights) @ np.stack(points).astype(np.float64), np.float32)


def interpolate(start: Float32, end: Float32, share: float, method: Method) -> Float32:
    """The point that lies `share` of the way from start to end; 0 and 1 give the ends exactly.

    `slerp` turns the direction evenly and changes the distance to the origin evenly, so that halfway
    between two clips is not nearer to the origin than clips are. Where an end is the origin, or both lie
    on one line with it, there is no arc and it is `lerp`.

    Args:
        start: float32 of shape (latent_dim,).
        end: float32 of the same shape.
        share: 0 to 1.
        method: a straight line or an arc.

    Source: Shoemake 1985, "Animating rotation with quaternion curves", section 3.3.
    """
    a, b = start.astype(np.float64), end.astype(np.float64)
    weights = (1 - share, share)
    if method == "slerp" and (angle := _angle(a, b)) is not None:
        length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
        length = (1 - share) * length_a + share * length_b
        to_a, to_b = np.sin((1 - share) * angle) / np.sin(angle), np.sin(share * angle) / np.sin(angle)
        weights = (to_a * length / length_a, to_b * length / length_b)
    return np.asarray(weights[0] * a + weights[1] * b, np.float32)


def _angle(a: Float64, b: Float64) -> float | None:
    """Between two directions, in radians; None where no arc leads from one to the other."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if lengths == 0:
        return None
    angle = float(np.arccos(np.clip(a @ b / lengths, -1, 1)))
    return angle if MIN_ANGLE < angle < np.pi - MIN_ANGLE else None
