"""The steps of the signal chain that the application's tests cannot see separately."""

import numpy as np
import pytest

from service.sound.synthesis import compare, limit_peak


def tone(n_samples, amplitude=0.5):
    return (amplitude * np.sin(np.arange(n_samples) * 0.7)).astype(np.float32)


def test_the_quality_of_a_copy_is_perfect_and_half_as_loud_converges_to_a_half(store, clip):
    model = store.get("voices")
    original, _ = model.transform.fit_length(clip)
    assert compare(model, original, clip) == (0, 0)
    halved = compare(model, original, clip / 2)
    assert halved.spectral_convergence == pytest.approx(0.5, abs=1e-4)
    assert halved.log_spectral_distance_db == pytest.approx(0, abs=1e-3)


def test_only_a_peak_beyond_full_scale_is_scaled():
    assert np.abs(limit_peak(tone(800, 3.0))).max() == pytest.approx(0.99, abs=1e-6)
    np.testing.assert_array_equal(limit_peak(tone(800, 1.0)), tone(800, 1.0))
