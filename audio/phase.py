"""From magnitude to waveform.

Magnitudes and phases lie frames first here, (n_frames, n_bins): each step of time is adjacent memory.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]

TINY = np.float32(1e-12)  # keeps a silent cell from dividing by zero
GRADIENT_FLOOR = 1e-6  # of the loudest cell: below it the logarithm's slopes are noise
BEGINNING = np.log(10)  # what is 20 dB louder than a frame ago begins
WITHIN = 0.25  # of win_length: beside silence slopes say that a sound lies further from the middle of a frame
HANN_SPREAD = 0.25645  # of win_length squared: of the Gaussian window that is nearest to a Hann window


def phase_from_gradient(magnitude: Float32, *, hop_length: int, win_length: int, n_fft: int) -> Float32:
    """A phase that fits the magnitude, without iterations: radians, (n_frames, n_bins).

    The slopes of the log-magnitude give the change of the phase from frame to frame and from bin to bin.
    The peaks of a frame take their phase on from the frame before; the bins around a peak take
    theirs from it. Both steps are sums along one axis, so nothing is sorted and no cell is visited alone.

    Args:
        magnitude: float32 of shape (n_frames, n_bins), linear, >= 0, of Hann windows.
        hop_length: samples between two frames.
        win_length: samples of the window, which is centred in the frame.
        n_fft: samples of a frame.

    Source: Prusa, Balazs and Sondergaard 2017, equations 20 and 21, for the slopes; Beauregard,
    Harish and Wyse 2015 for the peaks.
    """
    n_bins = magnitude.shape[1]
    slope = np.float32(hop_length * n_fft / (HANN_SPREAD * win_length**2))
    floor = np.float32(max(GRADIENT_FLOOR * magnitude.max(), TINY))
    log_magnitude: Float32 = np.log(np.maximum(magnitude, floor))
    centre = (n_fft - win_length) // 2 + win_length / 2  # of the window, samples into the frame
    bins = np.arange(n_bins)
    advance = _turn(bins * hop_length / n_fft) + slope * _difference(log_magnitude.T).T  # a frame
    reach = np.float32(2 * np.pi * WITHIN * win_length / n_fft)
    delay = np.clip(_difference(log_magnitude).T / -slope, -reach, reach)  # radians a bin
    along_bins = np.cumsum(_means(delay), axis=0, dtype=np.float32).T
    along_bins -= _turn(bins * centre / n_fft)
    peak = _nearest_peak(log_magnitude)
    from_peak = along_bins - np.take_along_axis(along_bins, peak, axis=1)
    advance = _means(advance)
    phase: Float32 = np.empty_like(log_magnitude)
    before = np.zeros(n_bins, np.float32)
    for now, step, nearest, offset in zip(phase, advance, peak, from_peak, strict=True):
        np.add((before + step)[nearest], offset, out=now)
        before = now
    return phase


def griffin_lim(
    magnitude: Float32,
    stft: Callable[[Float32], Complex64],
    istft: Callable[[Complex64], Float32],
    *,
    start: Float32,
    n_iter: int,
    momentum: float,
) -> Float32:
    """A waveform whose STFT magnitude approaches `magnitude`.

    Args:
        magnitude: float32 of any shape that `istft` takes, linear, >= 0.
        stft: waveform to STFT.
        istft: STFT to waveform, the least-squares inverse of `stft`.
        start: float32 of the same shape, the phase to begin with, radians.
        n_iter: how often the phase is made consistent; 0 keeps the start.
        momentum: 0 is the original algorithm, 0.99 the usual fast one.

    Source: Perraudin, Balazs and Sondergaard 2013, algorithm 2.
    """
    estimate = with_phase(magnitude, start)
    previous = np.zeros_like(estimate)
    for _ in range(n_iter):
        projected = stft(istft(estimate))
        previous *= -momentum / (1 + momentum)
        previous += projected
        gain = np.abs(previous)
        np.divide(magnitude, np.maximum(gain, TINY, out=gain), out=gain)
        np.multiply(previous, gain, out=estimate)
        previous = projected
    return istft(estimate)


def with_phase(magnitude: Float32, phase: Float32) -> Complex64:
    """The STFT of a magnitude and a phase in radians, both float32 of one shape."""
    stft = np.empty(magnitude.shape, np.complex64)
    np.multiply(magnitude, np.cos(phase), out=stft.real)
    np.multiply(magnitude, np.sin(phase), out=stft.imag)
    return stft


def _turn(cycles: NDArray[np.float64]) -> Float32:
    """The phase after so many cycles; whole ones are left out, which float32 could not hold."""
    return (2 * np.pi * (cycles % 1)).astype(np.float32)


def _difference(values: Float32) -> Float32:
    """The slope along the first axis, by central differences; the ends are taken as level."""
    slopes = np.zeros_like(values)
    slopes[1:-1] = (values[2:] - values[:-2]) / 2
    return slopes


def _means(values: Float32) -> Float32:
    """The mean of each row and the one before it, the trapezoids of its integral; the first is 0."""
    means = np.zeros_like(values)
    means[1:] = (values[1:] + values[:-1]) / 2
    return means


def _nearest_peak(log_magnitude: Float32) -> NDArray[np.intp]:
    """For each cell the bin of the peak nearest to it in its frame; the loudest bin is always one.

    A peak that begins has no phase to take on, so it counts as none: an attack is one moment.
    """
    n_frames, n_bins = log_magnitude.shape
    beyond = np.full((n_frames, 1), -np.inf, np.float32)
    peaks = np.concatenate([beyond, log_magnitude[:, :-1]], axis=1) <= log_magnitude
    peaks &= log_magnitude > np.concatenate([log_magnitude[:, 1:], beyond], axis=1)
    peaks[1:] &= log_magnitude[1:] - log_magnitude[:-1] < BEGINNING
    peaks[np.arange(n_frames), log_magnitude.argmax(axis=1)] = True
    bins, far = np.arange(n_bins), 2 * n_bins
    below = np.maximum.accumulate(np.where(peaks, bins, -far), axis=1)
    above = np.minimum.accumulate(np.where(peaks, bins, far)[:, ::-1], axis=1)[:, ::-1]
    return np.where(bins - below <= above - bins, below, above)
