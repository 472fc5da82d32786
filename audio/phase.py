"""From magnitude to waveform."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]

TINY = np.float32(1e-12)  # keeps a silent cell from dividing by zero


def griffin_lim(
    magnitude: Float32,
    stft: Callable[[Float32], Complex64],
    istft: Callable[[Complex64], Float32],
    *,
    n_iter: int,
    momentum: float,
    rng: np.random.Generator,
) -> Float32:
    """A waveform whose STFT magnitude approaches `magnitude`.

    Args:
        magnitude: float32 of any shape that `istft` takes, linear, >= 0.
        stft: waveform to STFT.
        istft: STFT to waveform, the least-squares inverse of `stft`.
        n_iter: how often the phase is made consistent; 0 keeps the random start.
        momentum: 0 is the original algorithm, 0.99 the usual fast one.
        rng: draws the starting phase.

    Source: Perraudin, Balazs and Sondergaard 2013, algorithm 2.
    """
    angles = rng.uniform(-np.pi, np.pi, magnitude.shape)
    estimate = magnitude * np.exp(1j * angles).astype(np.complex64)
    previous = np.zeros_like(estimate)
    weight = np.float32(momentum / (1 + momentum))
    for _ in range(n_iter):
        projected = stft(istft(estimate))
        accelerated = projected - weight * previous
        estimate = accelerated * (magnitude / np.maximum(np.abs(accelerated), TINY))
        previous = projected
    return istft(estimate)
