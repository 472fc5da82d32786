"""Distances as other papers compute them, beside ours."""

import librosa
import numpy as np
import pytest

from audio.distances import log_spectral_distance_db
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.measure.published_distances import (
    multi_resolution_stft_distance,
    unfloored_log_spectral_distance_db,
)

RESOLUTIONS = ((512, 240, 50), (1024, 600, 120), (2048, 1200, 240))  # n_fft, window, hop: the paper's
N_SAMPLES = 12_000  # a whole number of all hops but that of drums
HISS = 1e-5  # -100 dBFS: twice what rounding to 16 bit adds at least


def noise(seed, deviation=0.1, n_samples=N_SAMPLES):
    return np.random.default_rng(seed).normal(0, deviation, n_samples).astype(np.float32)


def librosa_magnitude(waveform, n_fft, win_length, hop_length):
    padded = np.pad(waveform, (n_fft - hop_length) // 2)
    return np.abs(
        librosa.stft(padded, n_fft=n_fft, win_length=win_length, hop_length=hop_length, center=False)
    )


def test_the_multi_resolution_distance_is_that_of_the_paper_with_librosas_transforms():
    original, replica, expected = noise(0), noise(1), []
    for resolution in RESOLUTIONS:
        a, b = (librosa_magnitude(waveform, *resolution) for waveform in (original, replica))
        convergence = np.sqrt(np.square(a - b).sum() / np.square(a).sum())
        expected.append(convergence + np.abs(np.log(a) - np.log(b)).mean())
    found = multi_resolution_stft_distance(original, replica)
    assert found == pytest.approx(np.mean(expected), rel=1e-4)
    assert found == pytest.approx(1.5, abs=0.2)  # two white noises


@pytest.mark.parametrize("gain", [1.0, 0.5, 2.0])
def test_a_gain_is_a_multi_resolution_distance(gain):
    found = multi_resolution_stft_distance(noise(0), gain * noise(0))
    assert found == pytest.approx(abs(1 - gain) + abs(np.log(gain)), abs=1e-3)


@pytest.mark.parametrize("gain", [1.0, 0.5, 2.0])
def test_a_gain_is_an_unfloored_distance_in_db(gain):
    found = unfloored_log_spectral_distance_db(noise(0), gain * noise(0))
    assert found == pytest.approx(abs(20 * np.log10(gain)), abs=1e-3)


def test_silence_that_hisses_in_the_replica_counts_without_a_floor_and_not_in_ours():
    transform = SpectrogramTransform(
        SpectrogramConfig(
            sample_rate=44_100, n_fft=2048, win_length=2048, hop_length=512, n_frames=128, floor_db=-80
        )
    )
    n_samples = transform.config.n_samples
    original = np.where(np.arange(n_samples) < n_samples // 2, noise(0, 0.1, n_samples), 0).astype(np.float32)
    hissing = original + np.where(original == 0, noise(1, HISS, n_samples), 0)
    assert log_spectral_distance_db(original, hissing, transform) == pytest.approx(0, abs=0.1)

    window_energy = 2048 * 3 / 8
    hiss_db = 10 * np.log10(HISS**2 * window_energy / 1e-10)  # over the constant
    mean_db, deviation_db = (
        hiss_db - 2.51,
        5.57,
    )  # of noise in a bin, whose power has an exponential distribution
    half_of_the_frames = np.hypot(mean_db, deviation_db) / 2
    found = unfloored_log_spectral_distance_db(original, hissing)
    assert found == pytest.approx(half_of_the_frames, rel=0.05)


def test_frames_that_are_silent_in_both_lower_the_unfloored_distance():
    original, replica = noise(0, n_samples=20_480), noise(1, n_samples=20_480)
    alone = unfloored_log_spectral_distance_db(original, replica)
    followed = [np.pad(waveform, (0, 20_480)) for waveform in (original, replica)]
    assert alone == pytest.approx(7.9, abs=0.3)  # two white noises
    assert unfloored_log_spectral_distance_db(*followed) == pytest.approx(alone / 2, rel=0.1)


def test_silence_has_finite_distances():
    silence = np.zeros(N_SAMPLES + 7, np.float32)
    for distance in (multi_resolution_stft_distance, unfloored_log_spectral_distance_db):
        assert distance(silence, silence) == 0
        assert distance(silence, noise(0, n_samples=silence.size)) > 1
