"""Decoded channels -> one channel, block by block."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# The power of the mean of all channels, as a share of what it would be if no channel knew of another.
# Equal channels give the number of channels, opposite ones 0; two of correlation -0.9 give this.
CANCELLED = 0.1


class Mix(NamedTuple):
    """One channel made of several."""

    waveform: Float32  # (n_samples,)
    lost: int | None  # the loudest channel, where the mean cancels what it holds
    peak: float  # of any channel


def mixed(blocks: Iterable[Float32], max_frames: int) -> Mix | None:
    """The mean of all channels; None where there are more frames than allowed.

    No more than one block of all channels is in memory.

    Args:
        blocks: float32 of shape (n, channels), the same number of channels in each.
        max_frames: how many are allowed.
    """
    means: list[Float32] = []
    n_frames, power, mean_power, peak = 0, np.zeros(1), 0.0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused later
        for block in blocks:
            n_frames += block.shape[0]
            if n_frames > max_frames:
                return None
            means.append(block.mean(axis=1, dtype=np.float32))
            power = power + np.square(block, dtype=np.float64).sum(axis=0)
            mean_power += float(np.square(means[-1], dtype=np.float64).sum())
            peak = max(peak, float(np.abs(block).max(initial=0)))
        lost = _lost(power, mean_power)
    waveform = np.concatenate(means) if means else np.zeros(0, np.float32)
    return Mix(waveform, lost, peak)


def mixed_blocks(blocks: Iterable[Float32]) -> Iterator[Float32]:
    """The mean of all channels of each block; from the first block on that it cancels, its loudest channel.

    Args:
        blocks: float32 of shape (n, channels), the same number of channels in each.
    """
    lost: int | None = None
    for block in blocks:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused later
            mean = block.mean(axis=1, dtype=np.float32)
            if lost is None:
                power = np.square(block, dtype=np.float64).sum(axis=0)
                lost = _lost(power, float(np.square(mean, dtype=np.float64).sum()))
        yield mean if lost is None else block[:, lost]


def _lost(power: NDArray[np.float64], mean_power: float) -> int | None:
    """The loudest channel, where the mean cancels what it holds; `power` is that of each channel."""
    cancelled = mean_power < CANCELLED * power.sum() / power.size**2
    return int(power.argmax()) if cancelled else None


def one_of(blocks: Iterable[Float32], channel: int) -> Float32:
    """One channel of all blocks, float32 of shape (n_samples,)."""
    return np.concatenate([block[:, channel] for block in blocks])
