"""The onset and the decay of a note, by its envelope."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

BLOCK_S = 0.005
ATTACK = (0.1, 0.9)  # of the largest amplitude, between which the attack lies
FALL_DB = (-5.0, -25.0)  # under the peak, between which the decay is measured
T60_DB = 60.0
TINY = 1e-12  # silence stays finite
LONGEST_S = 20.0  # a note that hardly decays


def attack_s(waveform: Float32, sample_rate: int) -> float:
    """The time that the envelope takes from a tenth to nine tenths of its largest value, seconds.

    Args:
        waveform: float32 of shape (n_samples,), at least BLOCK_S long; its level does not matter.
        sample_rate: Hz.

    Returns:
        a multiple of BLOCK_S.
    """
    envelope = _envelope(waveform, sample_rate)
    high = int(np.argmax(envelope >= ATTACK[1] * envelope.max()))
    quiet = np.flatnonzero(envelope[: high + 1] <= ATTACK[0] * envelope.max())
    low = int(quiet[-1]) if quiet.size else 0
    return (high - low) * BLOCK_S


def decay_s(waveform: Float32, sample_rate: int) -> float:
    """The time in which the envelope would fall by 60 dB (T60), seconds; LONGEST_S at most.

    It is the slope of the line through the envelope from FALL_DB[0] to FALL_DB[1] under its peak, or to the
    end where it does not fall so far. Where these are less than two blocks apart, it is 0.

    Args:
        waveform: float32 of shape (n_samples,), at least BLOCK_S long; its level does not matter.
        sample_rate: Hz.
    """
    envelope = _envelope(waveform, sample_rate)
    decibels = 20 * np.log10(np.maximum(envelope / envelope.max(), 1e-6))
    peak = int(decibels.argmax())
    after = decibels[peak:]
    first = int(np.argmax(after <= FALL_DB[0])) if (after <= FALL_DB[0]).any() else 0
    last = int(np.argmax(after <= FALL_DB[1])) if (after <= FALL_DB[1]).any() else len(after) - 1
    if last - first < 2:
        return 0.0
    slope = float(np.polyfit(np.arange(first, last) * BLOCK_S, after[first:last], 1)[0])
    return min(LONGEST_S, -T60_DB / slope) if slope < 0 else LONGEST_S


def _envelope(waveform: Float32, sample_rate: int) -> Float64:
    """The root mean square of blocks of BLOCK_S, (n_blocks,)."""
    block = round(BLOCK_S * sample_rate)
    whole = waveform[: waveform.size // block * block].reshape(-1, block).astype(np.float64)
    return np.asarray(np.sqrt(np.square(whole).mean(axis=1)) + TINY)
