"""A high-pass filter for what lies below hearing: an offset, rumble, the handling of a microphone."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

ORDER = 4  # of the Butterworth filter
MARGIN_PERIODS = 8  # of the cutoff, by which a clip is extended at both ends


def high_pass(waveform: Float32, cutoff_hz: float, sample_rate: int) -> Float32:
    """The waveform without what lies below the cutoff, of the same shape and without a delay.

    The gain is 1 / (1 + (cutoff / f)^8): 1/2 at the cutoff, 0.996 an octave above it, 0 at 0 Hz. That is a
    Butterworth filter of order 4 which runs forwards and backwards. The ends are extended by their point
    reflection first, so that an offset does not end in a step.

    Args:
        waveform: float32 of shape (n_samples,).
        cutoff_hz: where the gain is 1/2, Hz; 0 leaves the waveform as it is.
        sample_rate: Hz.

    Source: Butterworth 1930; Gustafsson 1996 for the ends of a filter without delay.
    """
    if not cutoff_hz or not waveform.size:
        return waveform
    margin = min(round(MARGIN_PERIODS * sample_rate / cutoff_hz), waveform.size - 1)
    extended = np.pad(waveform.astype(np.float64), margin, mode="reflect", reflect_type="odd")
    n_more = (
        1 << (extended.size - 1).bit_length()
    ) - extended.size  # other lengths can take ten times as long
    extended = np.pad(extended, (0, n_more), mode="edge")
    frequency = np.fft.rfftfreq(extended.size, 1 / sample_rate)
    with np.errstate(divide="ignore"):
        gain = 1 / (1 + (cutoff_hz / frequency) ** (2 * ORDER))
    filtered = np.fft.irfft(np.fft.rfft(extended) * gain, extended.size)
    return np.asarray(filtered[margin : margin + waveform.size], np.float32)
