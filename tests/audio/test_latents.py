"""The mixture against what numpy and scipy say of the same clips."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from audio.latents import LatentMixture
from audio.manifest import LatentDistribution
from audio.model_directory import Latents

N_DRAWS = 8_000
MEAN_TOLERANCE = 0.06  # of spreads of about 1
COVARIANCE_TOLERANCE = 0.1
SHARE_TOLERANCE = 0.02


def distribution(own_share=0.5, n_components=3):
    return LatentDistribution(n_components=n_components, own_share=own_share, temperature=1.0)


@pytest.fixture(scope="module")
def latents():
    """Three clouds of 30, 60 and 90 clips, in two dimensions."""
    rng = np.random.default_rng(3)
    clouds = [
        rng.multivariate_normal(mean, covariance, n)
        for mean, covariance, n in (
            ((0, 0), ((1.0, 0.6), (0.6, 1.0)), 30),
            ((8, 0), ((0.5, 0.0), (0.0, 2.0)), 60),
            ((0, 9), ((1.5, -0.5), (-0.5, 1.0)), 90),
        )
    ]
    component = np.repeat([0, 1, 2], [30, 60, 90]).astype(np.int32)
    return Latents(np.concatenate(clouds).astype(np.float32), component, {"digit": component.copy()})


def expected_covariance(latents, c, own_share):
    own = [np.cov(latents.z_mean[latents.component == k].T, ddof=0) for k in range(3)]
    pooled = np.average(own, axis=0, weights=[30, 60, 90])
    return own_share * own[c] + (1 - own_share) * pooled


def draws(mixture, temperature, among):
    rng = np.random.default_rng(0)
    return [mixture.sample(rng, temperature, np.array(among)) for _ in range(N_DRAWS)]


def test_draws_have_the_mean_and_the_shared_covariance_of_their_component(latents):
    mixture = LatentMixture(latents, distribution(0.5))
    z = np.stack([d.z for d in draws(mixture, 1.0, [False, True, False])])
    np.testing.assert_allclose(
        z.mean(axis=0), latents.z_mean[latents.component == 1].mean(axis=0), atol=MEAN_TOLERANCE
    )
    np.testing.assert_allclose(np.cov(z.T), expected_covariance(latents, 1, 0.5), atol=COVARIANCE_TOLERANCE)


def test_components_are_drawn_as_often_as_they_have_clips(latents):
    drawn = [d.component for d in draws(LatentMixture(latents, distribution()), 1.0, [True] * 3)]
    np.testing.assert_allclose(np.bincount(drawn) / N_DRAWS, [1 / 6, 1 / 3, 1 / 2], atol=SHARE_TOLERANCE)


def test_temperature_scales_the_spread(latents):
    mixture = LatentMixture(latents, distribution())
    among = np.array([True, False, False])
    cold, hot = (mixture.sample(np.random.default_rng(1), t, among).z for t in (0.5, 1.0))
    mean = latents.z_mean[latents.component == 0].mean(axis=0)
    np.testing.assert_allclose(2 * (cold - mean), hot - mean, atol=1e-5)


def test_a_draw_lies_in_the_middle_between_a_clip_and_one_of_its_neighbours(latents):
    near = distribution().model_copy(update={"bandwidth": 0.0, "n_neighbours": 2})
    clips = latents.z_mean[latents.component == 1].astype(np.float64)
    ways = np.concatenate(list(ways_to_neighbours(clips, 2)))
    for draw in draws(LatentMixture(latents, near), 1.0, [False, True, False])[:200]:
        assert np.linalg.norm(ways - draw.z, axis=1).min() < 0.01


def ways_to_neighbours(clips, n_neighbours):
    """Of each clip the points from four to six tenths of the way to each of its neighbours."""
    for clip in clips:
        order = np.argsort(np.linalg.norm(clips - clip, axis=1))
        for neighbour in clips[order[1 : n_neighbours + 1]]:
            yield clip + np.linspace(0.4, 0.6, 400)[:, None] * (neighbour - clip)


def test_a_clip_without_neighbours_is_drawn_itself(latents):
    alone = latents._replace(component=np.arange(180, dtype=np.int32))
    near = distribution(n_components=180).model_copy(update={"bandwidth": 0.0, "n_neighbours": 5})
    draw = LatentMixture(alone, near).sample(np.random.default_rng(0), 1.0, np.arange(180) == 7)
    np.testing.assert_allclose(draw.z, latents.z_mean[7], atol=1e-5)


@pytest.mark.parametrize("point", [(0.5, 0.5), (4.0, 1.0), (4.0, 4.5), (-3.0, 5.0), (100.0, 100.0)])
def test_the_most_probable_component_is_the_one_of_the_highest_density(latents, point):
    mixture = LatentMixture(latents, distribution())
    densities = [
        np.log(weight)
        + multivariate_normal.logpdf(
            point,
            latents.z_mean[latents.component == c].mean(axis=0),
            expected_covariance(latents, c, 0.5),
        )
        for c, weight in enumerate((1 / 6, 1 / 3, 1 / 2))
    ]
    z = np.array(point, np.float32)
    assert mixture.most_probable(z, np.ones(3, np.bool_)) == int(np.argmax(densities))
    runner_up = int(np.argsort(densities)[-2])
    assert mixture.most_probable(z, np.arange(3) != np.argmax(densities)) == runner_up


def test_a_component_takes_the_label_of_most_of_its_clips(latents):
    mixed = latents.labels["digit"].copy()
    mixed[:20] = 2  # of the 30 clips of component 0
    mixture = LatentMixture(latents._replace(labels={"digit": mixed}), distribution())
    assert mixture.labels["digit"].tolist() == [2, 1, 2]


def test_components_without_clips_are_left_out(latents):
    shifted = latents._replace(component=latents.component * 2)
    mixture = LatentMixture(shifted, distribution(n_components=7))
    assert mixture.weights.shape == (3,)
    assert np.isfinite(mixture.sample(np.random.default_rng(0), 1.0, np.ones(3, np.bool_)).z).all()


@pytest.mark.parametrize("own_share", [0.0, 0.5, 1.0])
def test_fewer_clips_than_dimensions_still_give_finite_draws(own_share):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4, 64)).astype(np.float32)
    single = Latents(z, np.arange(4, dtype=np.int32), {})  # one clip each: no spread at all
    mixture = LatentMixture(single, distribution(own_share, 4))
    among = np.ones(4, np.bool_)
    assert np.isfinite(mixture.sample(rng, 1.0, among).z).all()
    assert mixture.most_probable(z[2], among) == 2


def two_labels(latents):
    """The three clouds as 0 by anna, 1 by anna and 0 by ben; nobody has heard ben say 1."""
    digit = np.array([0, 1, 0], np.int32)[latents.component]
    speaker = np.array([0, 0, 1], np.int32)[latents.component]
    labelled = latents._replace(labels={"digit": digit, "speaker": speaker})
    return LatentMixture(labelled, distribution())


def labels(digit, speaker):
    return {"digit": np.array(digit, np.float32), "speaker": np.array(speaker, np.float32)}


def test_a_clip_is_carried_from_the_middle_of_its_labels_to_that_of_others(latents):
    z = latents.z_mean[3]
    converted = two_labels(latents).converted(z, labels((1, 0), (1, 0)), labels((1, 0), (0, 1)))
    source, target = (latents.z_mean[latents.component == c] for c in (0, 2))
    moved = z + target.mean(axis=0) - source.mean(axis=0)
    np.testing.assert_allclose(converted, (moved + likest(target, moved)) / 2, atol=1e-5)
    assert converted.dtype == np.float32


def test_a_clip_that_becomes_a_mixture_goes_part_of_the_way_to_the_clips_of_each(latents):
    z, heard = latents.z_mean[3], labels((1, 0), (1, 0))
    clouds = [latents.z_mean[latents.component == c] for c in (0, 2)]
    weights = np.array([30, 90]) / 120  # of the zeros anna says 30, ben 90
    deviation = z - clouds[0].mean(axis=0)
    moved = weights @ [cloud.mean(axis=0) for cloud in clouds] + deviation
    beside = [likest(cloud - cloud.mean(axis=0), deviation) - deviation for cloud in clouds]
    expected = moved + 0.5 * 0.75 * weights @ beside  # three quarters of it have become ben
    converted = two_labels(latents).converted(z, heard, labels((1, 0), (1, 1)))
    np.testing.assert_allclose(converted, expected, atol=1e-5)


def likest(clips, point):
    return clips[np.argsort(np.linalg.norm(clips - point, axis=1))[:3]].mean(axis=0)


def test_where_there_are_hardly_any_clips_a_clip_keeps_all_that_it_was_beside_the_middle(latents):
    few = np.r_[0:30, 90:92]  # two clips by ben
    speaker = np.repeat([0, 1], [30, 2]).astype(np.int32)
    small = latents._replace(
        z_mean=latents.z_mean[few], component=latents.component[few], labels={"speaker": speaker}
    )
    asked = [{"speaker": np.array(vector, np.float32)} for vector in ((1, 0), (0, 1))]
    middles = [small.z_mean[speaker == s].mean(axis=0) for s in (0, 1)]
    converted = LatentMixture(small, distribution()).converted(small.z_mean[3], *asked)
    np.testing.assert_allclose(converted, small.z_mean[3] + middles[1] - middles[0], atol=1e-5)


def test_a_clip_that_keeps_its_labels_stays_where_it_is(latents):
    same = labels((0.9, 0.1), (0.5, 0.5))
    assert two_labels(latents).converted(latents.z_mean[3], same, same).tolist() == latents.z_mean[3].tolist()


def test_labels_that_no_clip_has_together_are_looked_for_one_by_one(latents):
    z = latents.z_mean[100]  # a 0 by ben
    converted = two_labels(latents).converted(z, labels((1, 0), (0, 1)), labels((0, 1), (0, 1)))
    ones, bens, zeros_by_ben = (latents.z_mean[latents.component == c].mean(axis=0) for c in (1, 2, 2))
    expected = z + (ones + bens - latents.z_mean.mean(axis=0)) - zeros_by_ben
    np.testing.assert_allclose(converted, expected, atol=1e-4)


@pytest.fixture
def keyboard():
    """Two instruments of 20 pitches each: z lies at (pitch, 0) for one, at (pitch, 100) for the other."""
    pitch = np.tile(np.arange(20), 2)
    instrument = np.repeat([0, 1], 20)
    z = np.stack([pitch, 100 * instrument], axis=1).astype(np.float32)
    labels = {"instrument": instrument.astype(np.int32), "pitch": pitch.astype(np.int32)}
    return Latents(z, instrument.astype(np.int32), labels)


def keyboard_mixture(latents, among_pitches=slice(None)):
    kept = np.flatnonzero(np.isin(latents.labels["pitch"], np.arange(20)[among_pitches]))
    some = Latents(
        latents.z_mean[kept], latents.component[kept], {n: v[kept] for n, v in latents.labels.items()}
    )
    near = distribution(0.5, 2).model_copy(update={"bandwidth": 0.0, "n_neighbours": 2, "temperature": 1.0})
    return LatentMixture(some, near, {"pitch"})


def asked_pitch(place):
    weights = np.zeros(20, np.float32)
    weights[int(place)], weights[min(int(place) + 1, 19)] = 1 - place % 1, place % 1
    return {"pitch": weights} if place % 1 else {"pitch": np.eye(20, dtype=np.float32)[int(place)]}


@pytest.mark.parametrize("place", [3, 10.5, 19])
def test_a_sample_at_a_pitch_lies_near_the_clips_of_that_pitch(keyboard, place):
    mixture = keyboard_mixture(keyboard)
    rng = np.random.default_rng(0)
    samples = [mixture.sample(rng, 1.0, np.array([False, True]), asked_pitch(place)) for _ in range(50)]
    assert np.abs(np.array([s.z[0] for s in samples]) - place).max() < 6
    assert {round(float(s.z[1])) for s in samples} == {100}
    assert all(keyboard.labels["instrument"][s.clip] == 1 for s in samples)


def test_the_clip_of_a_sample_is_the_one_it_lies_nearest_to(keyboard):
    mixture = keyboard_mixture(keyboard)
    sample = mixture.sample(np.random.default_rng(0), 1.0, np.ones(2, np.bool_), asked_pitch(5))
    assert np.abs(keyboard.z_mean[sample.clip] - sample.z).max() < 1


def test_a_clip_at_another_pitch_moves_as_the_clips_of_that_pitch_do(keyboard):
    mixture, piano = keyboard_mixture(keyboard), {"instrument": np.array([1, 0], np.float32)}
    moved = mixture.converted(np.array([4, 0], np.float32), piano | asked_pitch(4), piano | asked_pitch(14))
    assert np.abs(moved - [14, 0]).max() < 0.5


@pytest.mark.parametrize(("place", "expected"), [(14, 15), (4.5, 22.5), (4, 30)])
def test_a_clip_at_another_pitch_goes_part_of_the_way_to_the_clips_there(keyboard, place, expected):
    mixture, piano = keyboard_mixture(keyboard), {"instrument": np.array([1, 0], np.float32)}
    moved = mixture.converted(
        np.array([4, 30], np.float32), piano | asked_pitch(4), piano | asked_pitch(place)
    )
    assert moved[1] == pytest.approx(expected, abs=0.5)


def test_how_far_a_pitch_is_from_the_nearest_clip_is_known(keyboard):
    mixture = keyboard_mixture(keyboard, slice(0, 10))
    everything = np.ones(2, np.bool_)
    assert mixture.distance(asked_pitch(4), everything) == 0
    assert mixture.distance(asked_pitch(14), everything) == 5
    assert mixture.distance({}, everything) == 0


def test_numbers_do_not_narrow_down_what_matches(keyboard):
    mixture = keyboard_mixture(keyboard, slice(0, 10))
    violin = {"instrument": np.array([0, 1], np.float32)}
    assert mixture.matching(violin | asked_pitch(19)).tolist() == [False, True]
