"""How far a note is from the pitch that it was asked for."""

import numpy as np
import soxr
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

FROM_S, TO_S = 0.15, 1.35  # the part that is measured, without attack and release
N_PERIODS = 3  # after which the note is compared with itself: more are finer, and less alike
REACH_CENTS = 50.0  # on both sides of the asked pitch
AUDIBLE_CENTS = 1.0


def tuned(waveform: Float32, sample_rate: int, pitch_hz: float) -> Float32:
    """The note at the asked pitch, resampled, float32 of shape (any,)."""
    cents = deviation_cents(waveform, sample_rate, pitch_hz)
    if abs(cents) < AUDIBLE_CENTS:
        return waveform
    return np.asarray(soxr.resample(waveform, sample_rate, sample_rate * 2 ** (cents / 1200)), np.float32)


def deviation_cents(waveform: Float32, sample_rate: int, pitch_hz: float) -> float:
    """How much sharper a note is than the asked pitch, -50 to 50 cents; 0 where it has no pitch there.

    It is the lag of the highest autocorrelation near three periods, between samples by a parabola.

    Args:
        waveform: float32 of shape (n_samples,); the note begins at its first sample.
        sample_rate: Hz.
        pitch_hz: what was asked for.

    Source: de Cheveigné and Kawahara 2002, steps 1 and 5.
    """
    part = waveform[round(FROM_S * sample_rate) : round(TO_S * sample_rate)]
    asked = N_PERIODS * sample_rate / pitch_hz
    low, high = int(asked * 2 ** (-REACH_CENTS / 1200)), int(asked * 2 ** (REACH_CENTS / 1200)) + 2
    if low < 1 or part.size < 2 * high:
        return 0.0
    power = np.square(np.abs(np.fft.rfft(part, 1 << (part.size + high).bit_length())))
    alike = np.fft.irfft(power)[: high + 1] / (part.size - np.arange(high + 1))
    top = low + int(np.argmax(alike[low:high]))
    before, at, after = alike[top - 1 : top + 2]
    if not before < at >= after:
        return 0.0
    lag = top + 0.5 * (before - after) / (before - 2 * at + after)
    return -1200 * float(np.log2(lag / asked))
