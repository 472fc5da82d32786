"""The map of clips whose number is x within a cluster."""

import numpy as np
import pytest

from audio.projection import CLUSTER_RADIUS, project

EXACT = 1e-9
NEARLY = 1e-4  # the clips around count a little
LATENT_DIM = 6
COLUMNS = [0, 1, 2, 0, 1]  # of five clusters of one label, in rows of three
RANGES = [(-1, 1), (-1, 0), (0.5, 1), (-0.25, 0.25), (0, 0)]  # across each cluster


@pytest.fixture(scope="module")
def clips():
    """z, widest in its second dimension, the cluster of each of 60 clips, and where it is across that."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(5), 12)
    across = np.concatenate([np.linspace(low, high, 12) for low, high in RANGES])
    z = rng.normal(size=(60, LATENT_DIM)) * [1, 4, 1, 1, 1, 1] + 10 * label[:, None] + 0.1 * across[:, None]
    return z, label, across


def test_x_is_the_number_over_the_same_range_in_every_cluster(clips):
    z, label, across = clips
    projection = project(z, [label], across)
    assert projection.kind == "clusters"
    beside = projection.xy[:, 0] - np.array(COLUMNS)[label]
    np.testing.assert_allclose(beside, CLUSTER_RADIUS * across, atol=EXACT)
    assert len(set(zip(projection.cluster.tolist(), label.tolist(), strict=True))) == 5


def test_y_is_the_direction_in_which_clips_of_a_cluster_differ_most(clips):
    z, label, across = clips
    projection, plane = project(z, [label], across), project(z, [label])
    x_axis, y_axis = projection.axes
    np.testing.assert_array_equal(x_axis, np.zeros(LATENT_DIM))
    direction = plane.axes[0] / np.linalg.norm(plane.axes[0])
    np.testing.assert_allclose(y_axis / np.linalg.norm(y_axis), direction, atol=EXACT)
    assert np.abs(direction).argmax() == 1
    np.testing.assert_allclose(projection.explained, [0, plane.explained[0]], atol=EXACT)
    rows = -np.array([0, 0, 0, 1, 1]) * 1.5
    height = np.abs(projection.xy[:, 1] - rows[label])
    assert np.quantile(height, 0.97) == pytest.approx(CLUSTER_RADIUS, abs=EXACT)


def test_a_place_on_a_clip_has_its_z_and_a_step_in_y_is_a_step_in_z(clips):
    z, label, across = clips
    projection = project(z, [label], across)
    for clip in (0, 17, 59):
        np.testing.assert_allclose(projection.z_under(projection.xy[clip], z), z[clip], atol=NEARLY)
    first, second = 3, 9  # of one cluster
    (dx, dy), step = projection.xy[second] - projection.xy[first], z[second] - z[first]
    assert dx > 0
    y_axis = projection.axes[1]
    assert dy == pytest.approx(step @ y_axis / (y_axis @ y_axis), abs=EXACT)


def test_a_place_has_the_labels_of_the_clip_of_its_cluster_that_is_nearest_in_x(clips):
    z, label, across = clips
    projection = project(z, [label], across)
    for clip in (0, 17, 59):
        assert projection.labelled(projection.xy[clip]) == clip
    for share in np.linspace(-1, 1, 41):
        place = np.array([CLUSTER_RADIUS * share, 0.1])
        clip = projection.labelled(place)
        assert label[clip] == 0
        assert abs(across[clip] - share) <= 1 / 11 + EXACT  # half of the way from a clip to the next
    outside = projection.labelled(np.array([1 + CLUSTER_RADIUS, 0.0]))  # right of the highest of its cluster
    assert (label[outside], across[outside]) == (1, 0)


def test_clips_of_the_same_number_are_told_apart_by_y():
    z = np.random.default_rng(1).normal(size=(9, LATENT_DIM))
    projection = project(z, [np.zeros(9, int)], np.repeat([-1.0, 0.0, 1.0], 3))
    for clip, (x, y) in enumerate(projection.xy):
        assert projection.labelled(np.array([x + 0.01, y])) == clip


def test_without_a_number_a_place_has_the_labels_of_the_nearest_clip(clips):
    z, label, _ = clips
    for projection in (project(z, [label]), project(z), project(z[:, :2])):
        for place in np.random.default_rng(2).uniform(-3, 3, (20, 2)):
            assert projection.labelled(place) == projection.nearest(place)[0]


def test_a_number_alone_is_x_of_a_single_cluster(clips):
    z, _, across = clips
    projection = project(z, [], across)
    np.testing.assert_allclose(projection.xy[:, 0], CLUSTER_RADIUS * across, atol=EXACT)
    assert not projection.cluster.any()


def test_two_coordinates_stay_x_and_y(clips):
    z, label, across = clips
    projection = project(z[:, :2], [label], across)
    assert projection.kind == "identity"
    np.testing.assert_array_equal(projection.xy, z[:, :2])
