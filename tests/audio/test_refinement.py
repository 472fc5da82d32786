"""Downhill: where a few steps end, whatever gives them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.manifest import Refiner
from audio.refinement import refined

VALLEY = np.array([[0.4, -0.3]], np.float32)

Float32 = NDArray[np.float32]


def refiner(n_steps, momentum=0.5):
    return Refiner(
        file="refiner.onnx",
        sha256="0" * 64,
        inputs={},
        outputs={},
        n_steps=n_steps,
        rate=0.1,
        momentum=momentum,
    )


def down(z):
    """A step of unit length towards the valley."""
    way = VALLEY - z
    return np.asarray(way / np.sqrt(np.square(way).mean()), np.float32)


def test_more_steps_end_nearer():
    start = np.zeros((1, 2), np.float32)
    distances = [np.abs(refined(start, down, refiner(n)) - VALLEY).max() for n in (1, 4, 16)]
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.05


def test_one_step_is_as_long_as_the_rate():
    moved = refined(np.zeros((1, 2), np.float32), down, refiner(1))
    assert np.sqrt(np.square(moved).mean()) == pytest.approx(0.1, rel=1e-6)


def test_steps_shrink_to_nothing_and_without_momentum_add_up():
    same_way = np.ones((1, 3), np.float32)
    end = refined(np.zeros((1, 3), np.float32), lambda _: same_way, refiner(4, momentum=0.0))
    np.testing.assert_allclose(end, 0.1 * (1 + 0.75 + 0.5 + 0.25), rtol=1e-6)


def test_where_nothing_leads_down_the_point_stays():
    start = np.full((1, 2), 7, np.float32)
    end = refined(start, np.zeros_like, refiner(8))
    np.testing.assert_array_equal(end, start)
    assert end.dtype == np.float32
    np.testing.assert_array_equal(start, 7)
