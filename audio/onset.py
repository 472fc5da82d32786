"""Where sounds begin in a recording."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

BLOCK_S = 0.010  # the power is measured over blocks of this length
GAP_S = 0.100  # a pause this long separates one sound from the next
PRE_ROLL_S = 0.020  # kept before an onset, so that no attack is cut
QUIET_DB = -40.0  # what lies under this level, counted from the loudest block, is silence,
NOISE_MARGIN_DB = 6.0  # and so is what exceeds the noise floor by less than this,
LOUD_DB = -20.0  # but nothing above this level is silence
NOISE_SHARE = 0.1  # the noise floor is the power that this share of the blocks stays under,
MIN_NOISE_S = 1.0  # in a recording that is long enough to have pauses


def first_onset(waveform: Float32, sample_rate: int) -> int:
    """The sample at which the first sound begins; 0 where the clip is silent or begins with sound.

    Args:
        waveform: float32 of shape (n_samples,), full scale is 1.
        sample_rate: Hz.
    """
    return next(iter(onsets(waveform, sample_rate)), 0)


def onsets(waveform: Float32, sample_rate: int, gap_s: float = GAP_S) -> list[int]:
    """The samples at which sounds begin, in ascending order; empty where the clip is silent.

    A sound begins where the power rises over the silence threshold at the start of the clip or after a
    pause of at least `gap_s`. Each position lies `PRE_ROLL_S` before the rise. The power of a block does not
    count what changes evenly over it, so an offset and rumble are silence.

    Args:
        waveform: float32 of shape (n_samples,), full scale is 1.
        sample_rate: Hz.
        gap_s: the shortest pause between two sounds.
    """
    return onset_samples(block_power(waveform, sample_rate), sample_rate, gap_s)


def window_start(power: Float64, sample_rate: int, n_samples: int) -> int:
    """The sample at which a window on the clip starts: 0, or the first onset if that is in its second half.

    Args:
        power: float64 of shape (n_blocks,), from `block_power`.
        sample_rate: Hz.
        n_samples: the length of the window.
    """
    first = next(iter(onset_samples(power, sample_rate)), 0)
    return first if first >= n_samples / 2 else 0


def onset_samples(power: Float64, sample_rate: int, gap_s: float = GAP_S) -> list[int]:
    """What `onsets` returns, from the power of the blocks, float64 of shape (n_blocks,)."""
    pre_roll, length = round(PRE_ROLL_S * sample_rate), block_length(sample_rate)
    return [max(0, int(block) * length - pre_roll) for block in onset_blocks(power, gap_s)]


def block_length(sample_rate: int) -> int:
    """The number of samples in a block."""
    return max(1, round(BLOCK_S * sample_rate))


def block_power(waveform: Float32, sample_rate: int) -> Float64:
    """The mean square of each block around its regression line, float64 of shape (n_blocks,).

    The last block may be shorter.

    Args:
        waveform: float32 of shape (n_samples,), full scale is 1.
        sample_rate: Hz.
    """
    length = block_length(sample_rate)
    whole = waveform.size // length * length
    power = _residual_power(waveform[:whole].reshape(-1, length))
    rest = waveform[whole:]
    return np.append(power, _residual_power(rest[None, :])) if rest.size else power


def onset_blocks(power: Float64, gap_s: float = GAP_S) -> NDArray[np.intp]:
    """The loud blocks that begin the clip or follow a pause, intp of shape (n_onsets,).

    Args:
        power: float64 of shape (n_blocks,), from `block_power`.
        gap_s: the shortest pause between two sounds.
    """
    loud = np.flatnonzero(loud_blocks(power))
    n_quiet = np.diff(loud, prepend=-np.inf) - 1  # blocks of silence before each loud one
    return loud[n_quiet * BLOCK_S >= gap_s]


def loud_blocks(power: Float64) -> NDArray[np.bool_]:
    """Which blocks are sound and not silence, bool of shape (n_blocks,).

    Args:
        power: float64 of shape (n_blocks,), from `block_power`.
    """
    if power.size == 0 or power.max() == 0:
        return np.zeros(power.shape, np.bool_)
    return np.asarray(power >= _threshold(power))


def _residual_power(blocks: Float32) -> Float64:
    """The mean square of each row around its regression line, (n_blocks, length) -> (n_blocks,)."""
    time = np.arange(blocks.shape[1]) - (blocks.shape[1] - 1) / 2
    slope = blocks @ time / max(1.0, float(time @ time))
    return np.asarray(np.maximum(blocks.var(axis=1, dtype=np.float64) - slope**2 * (time**2).mean(), 0))


def _threshold(power: Float64) -> float:
    """The power from which on a block is sound."""
    loudest, noise = float(power.max()), 0.0
    if power.size * BLOCK_S >= MIN_NOISE_S:
        noise = float(np.quantile(power, NOISE_SHARE)) * 10 ** (NOISE_MARGIN_DB / 10)
    return float(np.clip(noise, loudest * 10 ** (QUIET_DB / 10), loudest * 10 ** (LOUD_DB / 10)))
