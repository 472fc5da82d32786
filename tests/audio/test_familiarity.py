"""The distance between clips and their replicas counts what is loud in both, in dB."""

import numpy as np
import pytest

from audio.familiarity import LOUD_FROM, replica_distance_db

FLOOR_DB = -80.0


def clips(level):
    """Three clips, a quarter of whose cells have a level."""
    image = np.zeros((3, 8, 8), np.float32)
    image[:, :4, :4] = level
    return image


def test_a_clip_is_at_no_distance_from_itself():
    np.testing.assert_array_equal(replica_distance_db(clips(0.9), clips(0.9), FLOOR_DB), [0, 0, 0])


def test_a_difference_of_loud_cells_is_that_in_db():
    found = replica_distance_db(clips(0.9), clips(0.8), FLOOR_DB)
    assert found == pytest.approx(np.full(3, 8.0), rel=1e-5)
    assert found.dtype == np.float32


def test_quiet_cells_do_not_count():
    noisy = clips(0.9)
    noisy[:, 6, 6] = LOUD_FROM - 0.01
    assert replica_distance_db(noisy, clips(0.9), FLOOR_DB) == pytest.approx(np.zeros(3))


def test_louder_cells_weigh_more():
    one_loud, one_soft = clips(0.9), clips(0.9)
    one_loud[:, 0, 0] = 1.0
    one_soft[:, 0, 0] = 0.8
    distances = [replica_distance_db(clips(0.9), replica, FLOOR_DB)[0] for replica in (one_loud, one_soft)]
    assert distances[0] > distances[1] > 0


def test_what_only_one_of_them_has_does_not_count():
    hum = clips(0.9)
    hum[:, 7, :] = 0.8  # in the clip alone, as hum is, or in the replica alone, as a band that the clip lacks
    assert replica_distance_db(hum, clips(0.9), FLOOR_DB) == pytest.approx(np.zeros(3))
    assert replica_distance_db(clips(0.9), hum, FLOOR_DB) == pytest.approx(np.zeros(3))


def test_clips_that_share_nothing_loud_are_as_far_apart_as_can_be():
    elsewhere = np.flip(clips(0.9), axis=(1, 2))
    np.testing.assert_array_equal(replica_distance_db(clips(0.9), elsewhere, FLOOR_DB), [80, 80, 80])
    np.testing.assert_array_equal(replica_distance_db(clips(0.0), clips(0.1), FLOOR_DB), [80, 80, 80])
