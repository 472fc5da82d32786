"""What two clips differ in, and by how much."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.distances import log_spectral_distance_db, spectral_convergence

Float32 = NDArray[np.float32]


def test_the_log_spectral_distance_is_that_of_the_bins_in_audible_frames(
    transform,
):
    config = transform.config
    t = np.arange(config.n_samples) / config.sample_rate
    clip = (np.sin(2 * np.pi * 1000 * t) * (t < 0.5) + np.sin(2 * np.pi * 3000 * t) * (t < 0.5)).astype(
        np.float32
    )
    softer = (
        np.sin(2 * np.pi * 1000 * t) * (t < 0.5) + 0.1 * np.sin(2 * np.pi * 3000 * t) * (t < 0.5)
    ).astype(np.float32)
    magnitude, other = (np.abs(transform.stft(w))[:, :40] for w in (clip, softer))
    expected = 20 * np.log10(magnitude / magnitude.max()), 20 * np.log10(other / other.max())
    bins = np.sqrt(np.square(np.maximum(expected[0], -80) - np.maximum(expected[1], -80)).mean(axis=0))
    found = log_spectral_distance_db(clip, softer, transform)
    assert found == pytest.approx(bins.mean(), rel=0.2)
    rng = np.random.default_rng(0)
    silence = np.where(t < 0.6, 0, rng.normal(0, 1e-4, t.shape)).astype(np.float32)
    assert log_spectral_distance_db(clip, clip + silence, transform) < 0.1


def test_a_difference_in_level_is_no_spectral_distance(speech, transform):
    assert log_spectral_distance_db(speech[0], speech[0] / 2, transform) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.0, -1.0])
def test_the_spectral_convergence_is_the_share_of_the_magnitude_that_is_missing(speech, transform, gain):
    replica = (gain * speech[0]).astype(np.float32)
    assert spectral_convergence(speech[0], replica, transform) == pytest.approx(1 - abs(gain), abs=1e-5)


def test_silence_has_finite_distances(transform):
    silence = np.zeros(transform.config.n_samples, np.float32)
    assert log_spectral_distance_db(silence, silence, transform) == 0
    assert spectral_convergence(silence, silence, transform) == 0
