"""Downhill: where a few steps end, whatever gives them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.manifest import Refiner
from audio.refinement import MARGIN, n_frames_of, refined

VALLEY = np.array([[0.4, -0.3]], np.float32)
IMAGE = np.zeros((1, 4, 64, 1), np.float32)

Float32 = NDArray[np.float32]


def refiner(n_steps, momentum=0.5, frames_multiple=None):
    return Refiner(
        file="refiner.onnx",
        sha256="0" * 64,
        inputs={},
        outputs={},
        n_steps=n_steps,
        rate=0.1,
        momentum=momentum,
        frames_multiple=frames_multiple,
    )


def down(_, z):
    """A step of unit length towards the valley."""
    way = VALLEY - z
    return np.asarray(way / np.sqrt(np.square(way).mean()), np.float32)


def test_more_steps_end_nearer():
    start = np.zeros((1, 2), np.float32)
    distances = [np.abs(refined(IMAGE, start, down, refiner(n)) - VALLEY).max() for n in (1, 4, 16)]
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.05


def test_one_step_is_as_long_as_the_rate():
    moved = refined(IMAGE, np.zeros((1, 2), np.float32), down, refiner(1))
    assert np.sqrt(np.square(moved).mean()) == pytest.approx(0.1, rel=1e-6)


def test_steps_shrink_to_nothing_and_without_momentum_add_up():
    same_way = np.ones((1, 3), np.float32)
    end = refined(IMAGE, np.zeros((1, 3), np.float32), lambda *_: same_way, refiner(4, momentum=0.0))
    np.testing.assert_allclose(end, 0.1 * (1 + 0.75 + 0.5 + 0.25), rtol=1e-6)


def test_the_rate_can_end_above_zero():
    same_way = np.ones((1, 3), np.float32)
    slower = refiner(4, momentum=0.0).model_copy(update={"final_rate": 0.02})
    end = refined(IMAGE, np.zeros((1, 3), np.float32), lambda *_: same_way, slower)
    np.testing.assert_allclose(end, 0.1 + 0.08 + 0.06 + 0.04, rtol=1e-6)


def test_where_nothing_leads_down_the_point_stays():
    start = np.full((1, 2), 7, np.float32)
    end = refined(IMAGE, start, lambda _, z: np.zeros_like(z), refiner(8))
    np.testing.assert_array_equal(end, start)
    assert end.dtype == np.float32
    np.testing.assert_array_equal(start, 7)


@pytest.mark.parametrize(("last", "expected"), [(0, 12), (3, 12), (4, 16), (49, 60), (60, 64)])
def test_the_image_ends_after_the_sound_and_a_margin(last, expected):
    image = IMAGE[0, :, :, 0].copy()
    image[2, last] = 0.9
    assert n_frames_of(image, refiner(1, frames_multiple=4)) == expected
    assert expected - last >= min(MARGIN, 64 - last)
    assert n_frames_of(image, refiner(1)) == 64


def test_silence_has_the_shortest_image():
    assert n_frames_of(IMAGE[0, :, :, 0], refiner(1, frames_multiple=4)) == MARGIN


def test_every_step_is_given_the_same_part_of_the_image():
    rng = np.random.default_rng(0)
    image, seen = IMAGE.copy(), []
    image[0, :, :20, 0] = rng.uniform(0.5, 1, (4, 20))

    def step(part, z):
        seen.append(part)
        return np.zeros_like(z)

    refined(image, np.zeros((1, 2), np.float32), step, refiner(3, frames_multiple=4))
    assert len(seen) == 3
    for part in seen:
        np.testing.assert_array_equal(part, image[:, :, :28])
        assert part.flags.c_contiguous
