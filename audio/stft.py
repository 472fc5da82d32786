"""The short-time Fourier transform and its inverse, frames first: each step of time is adjacent memory."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]


class ShortTimeTransform:
    """The STFT of clips of n_frames * hop_length samples, shape (n_frames, n_bins), and its inverse.

    Both work on padded clips: the zeros that the first and last frames cover beside the clip are in the
    array, so that iterations copy nothing. A padded clip may end early and then has fewer frames.
    """

    def __init__(self, *, n_fft: int, hop_length: int, win_length: int, n_frames: int) -> None:
        self._n_fft, self._hop_length, self._n_frames = n_fft, hop_length, n_frames
        first = (n_fft - hop_length) // 2
        self._clip = slice(first, first + n_frames * hop_length)
        self.window = hann(win_length, n_fft)
        self._scaled_window = self.window * np.float32(n_fft)

    def padded(self, waveform: Float32) -> Float32:
        """A clip of shape (n_frames * hop_length,) with the zeros around it."""
        padded = np.zeros(self._inverse_energy.size, np.float32)
        padded[self._clip] = waveform
        return padded

    def unpadded(self, padded: Float32) -> Float32:
        """The clip in a padded one, shape (n_frames * hop_length,); zeros follow one that ends early."""
        missing = max(0, self._clip.stop - padded.size)
        return np.pad(padded[self._clip], (0, missing))

    def forward(self, padded: Float32) -> Complex64:
        """The STFT of a padded clip, complex64 of shape (up to n_frames, n_bins)."""
        frames = np.lib.stride_tricks.sliding_window_view(padded, self._n_fft)[:: self._hop_length]
        # Without a norm, numpy multiplies by an integer 1 and so leaves float32 for the slower float64.
        return np.asarray(np.fft.rfft(frames * self._scaled_window, norm="forward"), np.complex64)

    def inverse(self, stft: Complex64) -> Float32:
        """The padded clip whose STFT is nearest to `stft`, (up to n_frames, n_bins), in the least squares.

        Source: Griffin and Lim 1984, equation 6.
        """
        frames = np.asarray(np.fft.irfft(stft, n=self._n_fft), np.float32)
        frames *= self.window
        padded = overlap_add(frames, self._hop_length)
        padded *= self._inverse_energy[: padded.size]
        return padded

    @cached_property
    def _inverse_energy(self) -> Float32:
        """1 / (the squared windows summed over each sample) of a padded clip; 0 beside the clip."""
        energy = window_energy(self.window, self._hop_length, self._n_frames)
        inverse = np.zeros_like(energy)
        inverse[self._clip] = 1 / energy[self._clip]
        return inverse


def hann(win_length: int, n_fft: int) -> Float32:
    """The periodic Hann window of win_length samples in the middle of n_fft."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(win_length) / win_length)
    left = (n_fft - win_length) // 2
    return np.pad(window, (left, n_fft - win_length - left)).astype(np.float32)


def window_energy(window: Float32, hop_length: int, n_frames: int) -> Float32:
    """The squared windows of so many frames summed over each sample of a padded clip."""
    squared = np.square(window)
    return overlap_add(np.broadcast_to(squared, (n_frames, squared.size)), hop_length)


def overlap_add(frames: Float32, hop_length: int) -> Float32:
    """The sum of frames that begin every hop_length samples, in one vectorised addition for each overlap.

    Args:
        frames: float32 of shape (n_frames, n_fft).
        hop_length: samples.

    Returns:
        Float32 of shape ((n_frames - 1) * hop_length + n_fft,), rounded up to whole hops.
    """
    n_frames = len(frames)
    if uneven := -frames.shape[1] % hop_length:
        frames = np.pad(frames, ((0, 0), (0, uneven)))
    n_blocks = frames.shape[1] // hop_length
    blocks = frames.reshape(n_frames, n_blocks, hop_length)
    total = np.zeros((n_frames + n_blocks - 1, hop_length), np.float32)
    for i in range(n_blocks):
        total[i : i + n_frames] += blocks[:, i]
    return total.reshape(-1)
