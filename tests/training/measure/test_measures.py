"""Each figure, where its value is known beforehand."""

import importlib.util

import numpy as np
import pytest

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from benchmarks.clips import speech_like
from training.measure import measures

SAMPLING_ERROR = 0.1  # of distances that are estimated from N_POINTS
N_POINTS = 4000


@pytest.fixture(scope="module")
def transform():
    return SpectrogramTransform(SpectrogramConfig())


def normal(mean, deviation, seed, n_features=3):
    return np.random.default_rng(seed).normal(mean, deviation, (N_POINTS, n_features))


def test_frechet_distance_is_that_of_the_two_gaussians():
    same = measures.frechet_distance(normal(0, 1, 0), normal(0, 1, 1))
    assert same == pytest.approx(0, abs=SAMPLING_ERROR)
    assert measures.frechet_distance(normal(0, 1, 0), normal(2, 1, 1)) == pytest.approx(
        12, abs=12 * SAMPLING_ERROR
    )
    assert measures.frechet_distance(normal(0, 1, 0), normal(0, 3, 1)) == pytest.approx(
        12, abs=12 * SAMPLING_ERROR
    )


def test_kernel_distance_is_zero_for_one_distribution_and_grows():
    near, far = (measures.kernel_distance(normal(mean, 1, 0), normal(0, 1, 1)) for mean in (0, 1))
    assert abs(near) < SAMPLING_ERROR
    assert far > 10 * SAMPLING_ERROR


def test_inception_score_counts_clear_and_even_values():
    assert measures.inception_score(np.eye(10)[np.arange(100) % 10]) == pytest.approx(10)
    assert measures.inception_score(np.eye(10)[np.arange(100) % 2]) == pytest.approx(2)
    assert measures.inception_score(np.full((100, 10), 0.1)) == pytest.approx(1)
    assert measures.inception_score(np.eye(10)[np.zeros(100, int)]) == pytest.approx(1)


def test_a_copy_is_at_no_distance_from_the_clips():
    real = normal(0, 1, 0)[:50]
    assert measures.nearest_distance(real[:10], real) == 0
    assert measures.nearest_distance(real[:10] + np.array([9, 0, 0]), real) > 5


def test_spread_is_measured_within_the_groups():
    features = np.array([[0.0, 0], [2, 0], [100, 0], [100, 2]])
    assert measures.spread(features, np.array([0, 0, 1, 1])) == pytest.approx(1)


def test_a_dimension_that_never_moves_is_not_active():
    z = np.random.default_rng(0).normal(0, [1, 0.05, 0.5, 0], (N_POINTS, 4))
    assert measures.active_dimensions(z) == 2


def test_a_clip_is_like_itself_and_less_like_a_noisier_one(transform):
    clips = [speech_like(seed) for seed in range(3)]
    rng = np.random.default_rng(0)
    noisy, noisier = (
        [(clip + rng.normal(0, n, clip.shape)).astype(np.float32) for clip in clips] for n in (1e-3, 3e-2)
    )
    itself, near, far = (measures.likeness(clips, other, transform) for other in (clips, noisy, noisier))
    assert itself["log_spectral_distance_db"] == itself["mel_cepstral_distortion_db"] == 0
    assert itself["stoi"] == pytest.approx(1, abs=1e-3)
    for name in ("log_spectral_distance_db", "mel_cepstral_distortion_db"):
        assert 0 < near[name] < far[name]
    assert far["stoi"] < near["stoi"] <= 1


def test_what_differs_from_its_original_more_is_less_intelligible():
    clips = [speech_like(seed) for seed in range(5)]
    ((whole, same),) = measures.joined(clips, clips)
    assert measures.stoi(whole, same, 8000) == pytest.approx(1, abs=1e-3)
    ((whole, other),) = measures.joined(clips, clips[1:] + clips[:1])
    assert measures.stoi(whole, other, 8000) < 0.7


def test_clips_in_a_row_are_joined_as_loud_as_each_other():
    clips = [speech_like(seed) * gain for seed, gain in ((0, 1), (1, 0.1), (2, 0.01))]
    first, second = measures.joined(clips, [clip / 2 for clip in clips], n_joined=2)
    for original, replica in (first, second):
        np.testing.assert_allclose(replica, original / 2, atol=1e-6)
    loudness = [np.sqrt(np.square(half).mean()) for half in np.split(first[0], 2)]
    np.testing.assert_allclose(loudness, 1, rtol=1e-3)
    assert len(second[0]) == len(clips[2])


def test_the_nearest_picture_is_the_one_that_differs_least():
    known = np.random.default_rng(0).random((6, 4, 3, 1))
    assert measures.nearest(known[[4, 1]] + 0.01, known).tolist() == [4, 1]


def test_timbre_knows_the_sound_and_neither_its_loudness_nor_when_it_starts(
    transform,
):
    clip = np.pad(speech_like(seed=1)[:6000], (0, 2192))
    quieter, later = clip / 8, np.roll(clip, 16 * transform.config.hop_length)
    other = speech_like(seed=5)
    of_clip = measures.timbre(clip, transform)
    assert of_clip.shape == (2 * measures.N_CEPSTRA,)
    away = np.linalg.norm(measures.timbre(other, transform) - of_clip)
    for same in (quieter, later):
        assert np.linalg.norm(measures.timbre(same, transform) - of_clip) < away / 4


def test_loudness_alone_is_no_distortion(transform):
    clip = speech_like(0)
    assert measures.mel_cepstral_distortion_db(clip, clip / 2, transform) == pytest.approx(0, abs=1e-3)


def test_what_cannot_be_measured_is_left_out(transform):
    click = np.zeros(transform.config.n_samples, np.float32)
    click[4000:4040] = 0.5
    with np.errstate(all="ignore"):
        found = measures.likeness([click], [click], transform)
    assert "stoi" not in found
    assert "log_spectral_distance_db" in found


@pytest.mark.skipif(importlib.util.find_spec("pesq") is None, reason="the evaluators extra is not installed")
def test_pesq_of_a_clip_and_itself_is_the_best_there_is():
    clip = speech_like(0)
    assert measures.pesq(clip, clip, 8000) > 4.4


def test_a_set_that_leaves_out_a_cluster_fills_bins_otherwise():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(middle, 0.1, (100, 4)) for middle in range(10)])
    assert measures.different_bins(real[::2], real) <= 0.1
    assert measures.different_bins(real[:500], real) > 0.5


def test_fewer_sounds_than_clusters_have_fewer_bins():
    real = np.random.default_rng(0).normal(size=(measures.N_CLUSTERS - 8, 4))
    assert measures.different_bins(real, real) == 0
