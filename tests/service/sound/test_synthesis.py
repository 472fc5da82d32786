"""The small steps of the chain that the application's tests cannot see alone."""

import numpy as np
import pytest

from service.sound.synthesis import limit_peak


def tone(n_samples, amplitude=0.5):
    return (amplitude * np.sin(np.arange(n_samples) * 0.7)).astype(np.float32)


def test_only_a_peak_beyond_full_scale_is_scaled():
    assert np.abs(limit_peak(tone(800, 3.0))).max() == pytest.approx(0.99, abs=1e-6)
    np.testing.assert_array_equal(limit_peak(tone(800, 1.0)), tone(800, 1.0))
