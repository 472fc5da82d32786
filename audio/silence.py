"""The end of a sound, where silence begins."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

SILENCE_UNDER_LOUDEST_DB = -40.0
BLOCK_S, TAIL_S = 0.010, 0.020


def trim_silence(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform without its silent end: blocks 40 dB under the loudest one, but for a faded tail."""
    block, tail = round(BLOCK_S * sample_rate), round(TAIL_S * sample_rate)
    whole = waveform[: waveform.size // block * block].reshape(-1, block)
    power = (whole.astype(np.float64) ** 2).mean(axis=1)
    if power.size == 0 or power.max() == 0:
        return waveform
    last = int(np.flatnonzero(power >= power.max() * 10 ** (SILENCE_UNDER_LOUDEST_DB / 10))[-1])
    end = (last + 1) * block + tail
    if end >= waveform.size:
        return waveform
    trimmed = waveform[:end].copy()
    trimmed[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return trimmed
