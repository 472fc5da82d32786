"""Transforms, and waveforms of their length."""

import numpy as np

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig


def build(**settings):
    return SpectrogramTransform(SpectrogramConfig(**settings))


def noise(transform, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, transform.config.n_samples).astype(np.float32)


def tone(transform, hz, amplitude=1.0):
    c = transform.config
    return (amplitude * np.sin(2 * np.pi * hz / c.sample_rate * np.arange(c.n_samples))).astype(np.float32)


def snr_db(actual, expected):
    return float(10 * np.log10(np.sum(expected**2) / np.sum((actual - expected) ** 2)))
