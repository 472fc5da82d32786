"""What the encoder guesses the decoder checks: z moved downhill until its picture is nearer the clip's."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Refiner

Float32 = NDArray[np.float32]


def refined(z: Float32, step: Callable[[Float32], Float32], refiner: Refiner) -> Float32:
    """The point where a few steps downhill from z end, at a rate that falls to nothing.

    Args:
        z: float32 of shape (any, latent_dim), what the encoder says.
        step: a point -> the step of unit length, root mean square, that leads down from it, of its shape.
        refiner: how many steps, how long, and how much of the last one goes on in the next.

    Source: Kim et al. 2018, semi-amortized variational autoencoders, for the steps after the encoder;
        Polyak 1964 for the momentum.
    """
    velocity = np.zeros_like(z)
    for i in range(refiner.n_steps):
        velocity = refiner.momentum * velocity + step(z)
        z = z + np.float32(refiner.rate * (1 - i / refiner.n_steps)) * velocity
    return np.asarray(z, np.float32)
