"""A high-pass filter for what lies below hearing: an offset, rumble, the handling of a microphone."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

ORDER = 6  # of the derivative that is penalised; lower ones leave more of a rumble that the clip cuts
DERIVATIVES = np.arange(ORDER, 2 * ORDER)  # of the spline, which are 0 at both ends
ROOTS = np.exp(1j * np.pi * (np.arange(2 * ORDER) + 0.5) / ORDER)  # of r^12 = -1
DECAYING = ROOTS[(ROOTS.real < 0) & (ROOTS.imag > 0)]  # one of each conjugate pair
NEGLIGIBLE = 1e-7  # of what the ends add
HIGHEST = 50  # cutoffs: what the spline has above is 0 in float32


def high_pass(waveform: Float32, cutoff_hz: float, sample_rate: int) -> Float32:
    """The waveform without what lies below the cutoff, of the same shape and without a delay.

    What is taken away is the smoothing spline s of the waveform x, which minimises

        integral of (x - s)^2 + (s^(6) / (2 pi cutoff)^6)^2

    over the clip. The gain of the rest is 1 / (1 + (cutoff / f)^12): 1/2 at the cutoff, 0.9998 an octave
    above it, 0 at 0 Hz, as of a Butterworth filter of order 6 that runs forwards and backwards. Such a filter
    has to guess what came before the clip and what follows it. The spline does not, so a rumble that the clip
    cuts in mid-period leaves no step, and a tone no thump.

    Args:
        waveform: float32 of shape (n_samples,).
        cutoff_hz: where the gain is 1/2, Hz; 0 leaves the waveform as it is.
        sample_rate: Hz.

    Source: Reinsch 1967 for smoothing splines, Butterworth 1930 for the gain.
    """
    if not cutoff_hz or not waveform.size:
        return waveform
    spline = _smoothing_spline(waveform.astype(np.float64), cutoff_hz / sample_rate)
    return np.asarray(waveform - spline, np.float32)


def _smoothing_spline(x: Float64, cutoff: float) -> Float64:
    """The smoothing spline of x, of the same shape; the cutoff is in periods per sample.

    It solves s + s^(12) / (2 pi cutoff)^12 = x. The Fourier transform gives one solution. Those of the same
    equation with 0 in place of x decay from an end; they are added until the derivatives of s from the sixth
    on are 0 at both ends.
    """
    size, step = x.size, 2 * np.pi * cutoff
    padded_size = 1 << size.bit_length()  # other lengths can take ten times as long
    padded = np.pad(x, (0, padded_size - size), mode="linear_ramp", end_values=x[0])
    spectrum = np.fft.rfft(padded)
    n_low = min(spectrum.size, int(HIGHEST * cutoff * padded_size) + 1)
    frequency = np.arange(n_low) / (cutoff * padded_size)  # in cutoffs
    spectrum[:n_low] /= 1 + frequency ** (2 * ORDER)
    spectrum[n_low:] = 0
    s = np.fft.irfft(spectrum, padded_size)[:size]

    # Derivatives are those on the way from an end into the clip, in units of the cutoff.
    mirrored = (-1.0) ** DERIVATIVES
    slopes = (1j * frequency) ** DERIVATIVES[:, None] * spectrum[:n_low] * (2 / padded_size)
    at_last = np.exp(1j * frequency * step * (size - 1))
    present = np.concatenate([slopes.sum(axis=1).real, mirrored * (slopes @ at_last).real])
    here = DECAYING ** DERIVATIVES[:, None]
    there = mirrored[:, None] * here * np.exp(DECAYING * step * (size - 1))
    effect = np.block([[_real(here), _real(there)], [_real(there), _real(here)]])
    real, imaginary = np.linalg.lstsq(effect, -present, rcond=1e-12)[0].reshape(2, -1, 2).transpose(2, 0, 1)
    n_near = min(size, int(np.log(NEGLIGIBLE) / (DECAYING.real.max() * step)))
    added = ((real + 1j * imaginary) @ np.exp(np.outer(DECAYING * step, np.arange(n_near)))).real
    s[:n_near] += added[0]
    s[size - n_near :] += added[1][::-1]
    return s


def _real(solutions: NDArray[np.complex128]) -> Float64:
    """The real part of solutions times a + ib, as a matrix for the a and b of each."""
    return np.stack([solutions.real, -solutions.imag], axis=-1).reshape(len(solutions), -1)
