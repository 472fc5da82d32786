"""Refined latents: z moves by gradient steps until its decoded spectrogram is nearer the clip's."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.manifest import Refiner

Float32 = NDArray[np.float32]


SOUNDING_FROM = 0.3  # of the spectrogram's range
MARGIN = 8  # frames after the sound; over its end the decoder is not exact for four


def refined(
    image: Float32, z: Float32, step: Callable[[Float32, Float32], Float32], refiner: Refiner
) -> Float32:
    """The z of a clip after a few gradient steps, at a falling rate.

    Args:
        image: float32 of shape (1, height, width, 1) in [0, 1], the clip's spectrogram.
        z: float32 of shape (1, latent_dim), from the encoder.
        step: image, z -> the descent step at z, of its shape, root mean square 1 at most.
        refiner: the number of steps, their rates and momentum, and what width the image can have.

    Source: Kim et al. 2018, semi-amortized variational autoencoders, for the steps after the encoder;
        Polyak 1964 for the momentum.
    """
    image = np.ascontiguousarray(image[:, :, : n_frames_of(image[0, :, :, 0], refiner)])
    velocity = np.zeros_like(z)
    for i in range(refiner.n_steps):
        velocity = refiner.momentum * velocity + step(image, z)
        rate = refiner.rate + (refiner.final_rate - refiner.rate) * i / refiner.n_steps
        z = z + np.float32(rate) * velocity
    return np.asarray(z, np.float32)


def n_frames_of(image: Float32, refiner: Refiner) -> int:
    """How many frames of a spectrogram (height, width) hold its sound, as a multiple that a refiner takes."""
    width, multiple = int(image.shape[1]), refiner.frames_multiple
    if multiple is None:
        return width
    sounding = np.flatnonzero(image.max(axis=0) > SOUNDING_FROM)
    needed = MARGIN + (int(sounding[-1]) + 1 if len(sounding) else 0)
    return min(width, -(-needed // multiple) * multiple)
