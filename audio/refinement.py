"""Refined latents: z moves by gradient steps until its decoded spectrogram is nearer the clip's."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Refiner

Float32 = NDArray[np.float32]


def refined(z: Float32, step: Callable[[Float32], Float32], refiner: Refiner) -> Float32:
    """The z after a few gradient steps, at a rate that falls to zero.

    Args:
        z: float32 of shape (any, latent_dim), from the encoder.
        step: z -> the descent step at z, of the same shape, root mean square 1.
        refiner: the number of steps, their rate and their momentum.

    Source: Kim et al. 2018, semi-amortized variational autoencoders, for the steps after the encoder;
        Polyak 1964 for the momentum.
    """
    velocity = np.zeros_like(z)
    for i in range(refiner.n_steps):
        velocity = refiner.momentum * velocity + step(z)
        z = z + np.float32(refiner.rate * (1 - i / refiner.n_steps)) * velocity
    return np.asarray(z, np.float32)
