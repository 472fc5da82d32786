"""The ends of a sound: where silence begins, and fades that keep them from clicking."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

SILENCE_UNDER_LOUDEST_DB = -40.0
BLOCK_S, TAIL_S = 0.010, 0.020
FADE_IN_S, FADE_OUT_S = 0.001, 0.005  # shorter than an attack, and than a release


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


def with_faded_ends(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform with linear fades at both ends, so that none of them is a step.

    A spectrogram does not say what comes before its first frame and after its last, so a waveform that is
    computed from it may begin and end amid a wave, which clicks. A fragment shorter than both fades stays.

    Args:
        waveform: float32 of shape (n_samples,).
        sample_rate: Hz.
    """
    n_in, n_out = round(FADE_IN_S * sample_rate), round(FADE_OUT_S * sample_rate)
    if waveform.size < n_in + n_out:
        return waveform
    faded = waveform.copy()
    faded[:n_in] *= np.linspace(0, 1, n_in, endpoint=False, dtype=np.float32)
    faded[waveform.size - n_out :] *= np.linspace(0, 1, n_out, endpoint=False, dtype=np.float32)[::-1]
    return faded
