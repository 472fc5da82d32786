"""The only waveform ⇄ spectrogram transform of the project.

A clip becomes a log-magnitude in [0, 1] and a level: the former is the distribution of energy below the
clip's own peak, `level_db` says how loud that peak is. Both directions keep every frequency bin.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.errors import SpectrogramShapeError
from audio.highpass import high_pass
from audio.phase import griffin_lim, phase_from_gradient, with_phase
from audio.spectrogram_config import PhaseMethod, SpectrogramConfig
from audio.stft import ShortTimeTransform

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]

SILENCE_LEVEL_DB = -120.0  # what a clip without any energy reads
SILENT = 1e-6  # of the loudest cell, -120 dB: less than a step of 16 bit


class Spectrogram(NamedTuple):
    """One clip as log-magnitude and level."""

    log_magnitude: Float32  # image_shape, [0, 1]: 1 is the clip's peak, 0 is floor_db under it
    level_db: float  # the peak magnitude; a full-scale sine reads 0 dBFS


class Iterations(NamedTuple):
    """How Griffin-Lim goes on from the gradient's phase."""

    n_iter: int
    momentum: float


FULL_RESOLUTION = Iterations(3, 0.0)  # more bring a decoded spectrogram no nearer to its clip
RESIZED = Iterations(8, 0.99)  # the gradient is lost between so few cells


def at_level(waveform: Float32, level_db: float) -> Float32:
    """A waveform that `inverse` gave at 0 dBFS, at another level: the samples it would give there."""
    return waveform * np.float32(10 ** (level_db / 20))


class SpectrogramTransform:
    """The transform of one `SpectrogramConfig`; stateless after construction, safe to share by threads.

    Frames are laid so that `n_frames * hop_length` samples give exactly `n_frames` frames: the
    waveform is padded with zeros by (n_fft - hop_length) / 2 on both sides.
    """

    def __init__(self, config: SpectrogramConfig) -> None:
        self.config = config
        self._short_time = ShortTimeTransform(
            n_fft=config.n_fft,
            hop_length=config.hop_length,
            win_length=config.win_length,
            n_frames=config.n_frames,
        )
        self._full_scale = float(self._short_time.window.sum()) / 2  # |STFT| of a full-scale sine at its peak
        self._floor = 10.0 ** (config.floor_db / 20)
        height, width = config.image_shape
        self._resized = (height, width) != (config.n_bins, config.n_frames)
        self._iterations = RESIZED if self._resized else FULL_RESOLUTION

    def fit_length(self, waveform: Float32) -> tuple[Float32, bool]:
        """The waveform after the high-pass, cut or zero-padded to n_samples, and whether something was cut.

        The whole clip is filtered, before zeros follow it: an offset must not end in a step.

        Args:
            waveform: float32 of shape (any,).
        """
        n_samples = self.config.n_samples
        waveform = high_pass(waveform, self.config.high_pass_hz, self.config.sample_rate)
        if waveform.shape[0] >= n_samples:
            return waveform[:n_samples], waveform.shape[0] > n_samples
        return np.pad(waveform, (0, n_samples - waveform.shape[0])), False

    def stft(self, waveform: Float32) -> Complex64:
        """The short-time Fourier transform, complex64 of shape (n_bins, n_frames).

        Args:
            waveform: float32 of shape (n_samples,).

        Raises:
            SpectrogramShapeError: the waveform has another length.
        """
        self._check("waveform", waveform, (self.config.n_samples,))
        return self._short_time.forward(self._short_time.padded(waveform)).T

    def istft(self, stft: Complex64) -> Float32:
        """The waveform whose STFT is nearest to `stft` in the least-squares sense, shape (n_samples,).

        Raises:
            SpectrogramShapeError: `stft` is not of shape (n_bins, n_frames).
        """
        self._check("STFT", stft, (self.config.n_bins, self.config.n_frames))
        return self._short_time.unpadded(self._short_time.inverse(stft.T))

    def forward(self, waveform: Float32) -> Spectrogram:
        """The log-magnitude and the level of a clip; silence gives zeros and a finite level.

        Args:
            waveform: float32 of shape (n_samples,), full scale is 1.

        Raises:
            SpectrogramShapeError: the waveform has another length.
        """
        return self.spectrogram(np.abs(self.stft(waveform)))

    def spectrogram(self, magnitude: Float32) -> Spectrogram:
        """The log-magnitude and the level of a linear magnitude, as in `forward`.

        Args:
            magnitude: float32 of shape (n_bins, n_frames), >= 0; a full-scale sine peaks at half the sum of
                the window.

        Raises:
            SpectrogramShapeError: the magnitude has another shape.
        """
        self._check("magnitude", magnitude, (self.config.n_bins, self.config.n_frames))
        peak = float(magnitude.max())
        level_db = 20 * np.log10(max(peak / self._full_scale, 10 ** (SILENCE_LEVEL_DB / 20)))
        if level_db <= SILENCE_LEVEL_DB:
            return Spectrogram(np.zeros(self.config.image_shape, np.float32), SILENCE_LEVEL_DB)
        relative = (magnitude / peak + self._floor) / (1 + self._floor)  # (n_bins, n_frames), (0, 1]
        decibels = 20 * np.log10(relative)
        image = np.asarray(np.maximum(1 - decibels / self.config.floor_db, 0), np.float32)
        if self._resized:
            rows, columns = self._shrink
            image = np.asarray(rows @ image @ columns.T, np.float32)
        return Spectrogram(image, float(level_db))

    def magnitude(self, log_magnitude: Float32, level_db: float) -> Float32:
        """The linear magnitude of a log-magnitude of `forward`, shape (n_bins, n_frames).

        Args:
            log_magnitude: float32 of shape image_shape; values outside [0, 1] are clipped.
            level_db: the peak in dBFS.

        Raises:
            SpectrogramShapeError: `log_magnitude` has another shape.
        """
        self._check("log_magnitude", log_magnitude, self.config.image_shape)
        image = log_magnitude
        if self._resized:
            rows, columns = self._enlarge
            image = np.asarray(rows @ image @ columns.T, np.float32)
        nepers = np.float32(-self.config.floor_db / 20 * np.log(10))
        relative = np.exp((np.clip(image, 0, 1) - 1) * nepers)
        relative *= 1 + self._floor
        relative -= self._floor
        np.maximum(relative, 0, out=relative)
        # 1 in a log-magnitude of `forward`, less in a blurred one
        loudest = max(float(relative.max()), self._floor)
        relative *= self._full_scale * 10 ** (level_db / 20) / loudest
        return np.asarray(relative, np.float32)

    def inverse(
        self,
        log_magnitude: Float32,
        level_db: float,
        phase: PhaseMethod | Float32 = "griffin-lim",
        n_iter: int | None = None,
    ) -> Float32:
        """The waveform of a log-magnitude at a level, float32 of shape (n_samples,).

        The same arguments always give the same samples.

        Args:
            log_magnitude: float32 of shape image_shape in [0, 1].
            level_db: the peak in dBFS.
            phase: how to find the phase, or the phase itself in radians, shape (n_bins, n_frames).
            n_iter: iterations of Griffin-Lim, which goes on from the phase of `gradient`; None for the
                default.

        Raises:
            SpectrogramShapeError: an array has another shape.
        """
        waveform = self.resynthesise(self.magnitude(log_magnitude, 0.0), phase, n_iter)
        return at_level(waveform, level_db)

    def resynthesise(
        self,
        magnitude: Float32,
        phase: PhaseMethod | Float32 = "griffin-lim",
        n_iter: int | None = None,
    ) -> Float32:
        """The waveform of a linear magnitude, float32 of shape (n_samples,), as `inverse` finds it.

        Args:
            magnitude: float32 of shape (n_bins, n_frames), >= 0.
            phase: how to find the phase, or the phase itself in radians, shape (n_bins, n_frames).
            n_iter: iterations of Griffin-Lim, which goes on from the phase of `gradient`; None for the
                default.

        Raises:
            SpectrogramShapeError: an array has another shape.
        """
        self._check("magnitude", magnitude, (self.config.n_bins, self.config.n_frames))
        if isinstance(phase, np.ndarray):
            self._check("phase", phase, magnitude.shape)
            return self.istft(with_phase(magnitude, phase))
        if phase == "zero":
            return self.istft(magnitude.astype(np.complex64))
        frames, c = _until_silence(np.ascontiguousarray(magnitude.T)), self.config
        start = phase_from_gradient(frames, hop_length=c.hop_length, win_length=c.win_length, n_fft=c.n_fft)
        padded = griffin_lim(
            frames,
            self._short_time.forward,
            self._short_time.inverse,
            start=start,
            n_iter=0 if phase == "gradient" else self._iterations.n_iter if n_iter is None else n_iter,
            momentum=self._iterations.momentum,
        )
        return self._short_time.unpadded(padded)

    @cached_property
    def _shrink(self) -> tuple[Float32, Float32]:
        (height, width), c = self.config.image_shape, self.config
        return _resize_matrix(c.n_bins, height), _resize_matrix(c.n_frames, width)

    @cached_property
    def _enlarge(self) -> tuple[Float32, Float32]:
        (height, width), c = self.config.image_shape, self.config
        return _resize_matrix(height, c.n_bins), _resize_matrix(width, c.n_frames)

    @staticmethod
    def _check(what: str, array: NDArray[np.generic], expected: tuple[int, ...]) -> None:
        if array.shape != expected:
            raise SpectrogramShapeError(what, array.shape, expected)


def _until_silence(frames: Float32) -> Float32:
    """The frames, (n_frames, n_bins), without the silent ones at their end but for one."""
    loudest = frames.max(axis=1)
    sounding = np.flatnonzero(loudest > SILENT * loudest.max())
    return frames[: sounding[-1] + 2] if sounding.size else frames[:1]


def _resize_matrix(n_in: int, n_out: int) -> Float32:
    """The (n_out, n_in) matrix of bilinear resizing; each row sums to 1.

    Shrinking widens the triangle by the same factor, so that every input cell counts (antialiasing).
    """
    scale = n_in / n_out
    centres = (np.arange(n_out) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(n_in)[None, :] - centres[:, None]) / max(scale, 1.0)
    weights = np.maximum(1 - distance, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
