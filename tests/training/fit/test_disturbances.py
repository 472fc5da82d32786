"""Disturbances of spectrograms: what is added is what it is said to be, and no clip is lost in it."""

import numpy as np
import pytest

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.fit import disturbances
from training.fit.disturbances import Disturbances

CONFIG = SpectrogramConfig(high_pass_hz=30.0)
TRANSFORM = SpectrogramTransform(CONFIG)
FULL_SCALE = CONFIG.n_fft / 4  # of the STFT of a full-scale sine: half the sum of a Hann window


def picture():
    """A tone of 1 kHz in the first half of the window, (height, width, 1)."""
    seconds = np.arange(CONFIG.n_samples // 2) / CONFIG.sample_rate
    tone = 0.2 * np.sin(2 * np.pi * 1000 * seconds).astype(np.float32)
    return TRANSFORM.forward(TRANSFORM.fit_length(tone)[0]).log_magnitude[..., None]


def test_the_same_generator_disturbs_alike_and_another_otherwise():
    disturb = Disturbances(CONFIG)
    found = [disturb(picture(), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()
    assert found[0].shape == picture().shape
    assert found[0].dtype == np.float32


def test_every_result_is_a_spectrogram_with_the_tone_in_it():
    disturb, rng = Disturbances(CONFIG), np.random.default_rng(0)
    found = np.stack([disturb(picture(), rng) for _ in range(100)])
    assert found.min() >= 0
    np.testing.assert_allclose(found.max(axis=(1, 2, 3)), 1, atol=1e-5)
    np.testing.assert_array_equal(found[:, 17:, 20, 0].argmax(axis=1) + 17, 32)  # 1 kHz, above all rumble
    changed = np.abs(found - picture()).max(axis=(1, 2, 3)) > 0.01
    assert 0.75 < changed.mean() < 1  # four kinds of a share of 0.4 each


def test_without_a_disturbance_the_picture_stays(monkeypatch):
    monkeypatch.setattr(disturbances, "SHARE", 0.0)
    found = Disturbances(CONFIG)(picture(), np.random.default_rng(0))
    np.testing.assert_allclose(found, picture(), atol=1e-4)


def test_noise_has_the_level_of_a_full_scale_tone_in_its_cells():
    noise = Disturbances(CONFIG)._noise(np.random.default_rng(0))
    assert np.sqrt(np.square(np.abs(noise)).mean()) == pytest.approx(FULL_SCALE, rel=1e-3)


def test_hum_is_strongest_at_a_multiple_of_the_mains_frequency():
    rng = np.random.default_rng(0)
    for _ in range(5):
        spectrum = np.abs(Disturbances(CONFIG)._hum(rng)).mean(axis=1)
        assert spectrum[round(1100 / 31.25) :].max() < 1e-3 * spectrum.max()  # 16 harmonics of 60 Hz
        assert spectrum.max() > 0.5 * FULL_SCALE


def test_the_high_pass_of_the_clips_removes_rumble_and_offset_as_well():
    rumbles = [
        np.abs(Disturbances(CONFIG.model_copy(update={"high_pass_hz": hz}))._tones(
            np.array([0.0, 8.0]), np.array([0.5, 0.5]), np.random.default_rng(0)
        )).max()
        for hz in (0.0, 30.0)
    ]  # fmt: skip
    assert rumbles[0] > 0.5 * FULL_SCALE
    assert rumbles[1] < 0.01 * rumbles[0]


def test_a_channel_cuts_both_ends_of_the_band():
    gain = Disturbances(CONFIG)._channel(np.random.default_rng(0))
    assert gain.shape == (CONFIG.n_bins,)
    assert gain[0] < 0.01
    assert gain[32] == pytest.approx(1, abs=0.1)  # 1 kHz, where slopes turn
