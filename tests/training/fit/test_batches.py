"""The batches of an epoch: order, and clips that are stretched and transposed."""

import numpy as np
import pytest

from training.data.dataset import load_splits
from training.fit.augmentation import layered, recoloured, stretch
from training.fit.batches import Batches


def test_the_batches_of_an_epoch_depend_on_seed_and_epoch_alone(tiny):
    config = tiny()
    train = load_splits(config)["train"]

    def epoch(n):
        batches = Batches(train, config, augment=True)
        batches.begin(n)
        return np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))])

    assert (epoch(4) == epoch(4)).all()
    assert (epoch(4) != epoch(5)).any()
    assert epoch(4).shape == train.log_magnitude.shape


def test_half_the_clips_are_stretched_and_transposed_where_the_config_says_so(tiny):
    shifted = tiny("fit.max_shift_frames=0", "fit.max_stretch=0.3", "fit.max_transposition=0.2")
    plain = tiny("fit.max_shift_frames=0")
    clips = load_splits(plain)["train"]
    epochs = []
    for config in (plain, shifted):
        batches = Batches(clips, config, augment=True)
        batches.begin(3)
        epochs.append(np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))]))
    as_they_are = (epochs[0] == epochs[1]).all(axis=(1, 2, 3)).mean()
    assert 0.2 < as_they_are < 0.8
    assert epochs[1].min() >= 0
    assert epochs[1].max() <= 1


def test_a_stretched_picture_is_read_between_its_cells():
    height, width = np.mgrid[:8, :10]
    image = (width + 10.0 * height)[..., None]
    np.testing.assert_allclose(stretch(image, 1, 1), image)
    slower = stretch(image, 0.5, 1)
    np.testing.assert_allclose(slower[:, :, 0], 0.5 * width + 10 * height)
    faster = stretch(image, 2, 1)
    np.testing.assert_allclose(faster[:, :5], image[:, ::2])
    assert not faster[:, 5:].any()
    lower = stretch(image, 1, 1.25)
    np.testing.assert_allclose(lower[2, :, 0], width[0] + 25)
    np.testing.assert_allclose(lower[-1], image[-1])


def test_validation_batches_are_the_clips_as_they_are(tiny):
    config = tiny()
    clips = load_splits(config)["validation"]
    batches = Batches(clips, config, augment=False)
    images = np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))])
    digits = np.concatenate([batches[i][0]["digit"] for i in range(len(batches))])
    np.testing.assert_array_equal(images, clips.log_magnitude.astype(np.float32))
    np.testing.assert_array_equal(digits.argmax(axis=1), clips.labels["digit"])


def test_two_layered_sounds_have_the_sum_of_their_powers():
    image, other = np.full((4, 3, 1), 0.5), np.full((4, 3, 1), 0.5)
    twice = layered(image, other, range_db=80)
    np.testing.assert_allclose(twice, 0.5 + 10 * np.log10(2) / 80, atol=1e-6)
    np.testing.assert_allclose(layered(image, other - 2, range_db=80), image, atol=1e-6)  # 160 dB softer


def test_silence_beneath_a_sound_changes_nothing():
    image = np.zeros((4, 3, 1), np.float32)
    image[1, 1] = 0.8
    np.testing.assert_allclose(layered(image, np.zeros_like(image), 80), image, atol=1e-6)


def test_another_tone_and_decay_keep_silence_and_the_loudest_cell():
    image = np.full((64, 32, 1), 0.6, np.float32)
    image[:, 20:] = 0
    changed = recoloured(image, np.random.default_rng(0), max_gain=0.15)
    assert changed.max() == pytest.approx(0.6)
    assert not changed[:, 20:].any()
    tone = changed[:, 0, 0] - changed[0, 0, 0]
    decay = changed[:, :20, 0] - changed[:, :1, 0]
    assert np.ptp(tone) > 0.02
    assert np.abs(np.diff(tone[8:])).max() < 0.05
    np.testing.assert_allclose(np.diff(decay, axis=1), decay[0, 1], atol=1e-6)  # the same slope everywhere
    assert abs(decay[0, 1]) > 0


def test_clips_change_their_timbre_where_the_config_says_so(tiny):
    plain, other = (
        tiny("fit.max_shift_frames=0"),
        tiny("fit.max_shift_frames=0", "fit.max_tone_db=12", "fit.layered=0.5"),
    )
    clips = load_splits(plain)["train"]
    before, after, again = (
        Batches(clips, config, augment=True)[0][0]["log_magnitude"] for config in (plain, other, other)
    )
    changed = (before != after).any(axis=(1, 2, 3)).mean()
    assert 0.5 < changed <= 1
    np.testing.assert_array_equal(again, after)  # the same in the same epoch
