"""Samples that are no sound: not finite, too large, silent or too few."""

import numpy as np
import pytest

from audio.errors import (
    AudioError,
    EmptyAudioError,
    NonFiniteAudioError,
    SilentAudioError,
    UnreadableAudioError,
)
from tests.audio.sound_files import RATE_HZ, file_of, read, tone


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["WAV/FLOAT", "WAV/DOUBLE", "WAVEX/FLOAT"])
def test_one_bad_sample_is_enough_to_refuse(bad, kind):
    waveform = tone().astype(np.float64)
    waveform[777] = bad
    with pytest.raises(NonFiniteAudioError):
        read(file_of(waveform, kind))


def test_infinities_that_would_cancel_in_the_mix_are_refused_without_a_warning():
    with pytest.raises(NonFiniteAudioError):
        read(file_of(np.array([[np.inf, -np.inf]] * 100)))


def test_channels_that_overflow_in_the_mix_are_refused_without_a_warning():
    with pytest.raises(AudioError):
        read(file_of(np.full((100, 2), 3e38, np.float32)))


@pytest.mark.parametrize("rate", [RATE_HZ, 16_000])
@pytest.mark.parametrize("amplitude", [1e20, 3e38])
def test_finite_samples_too_large_to_compute_with_are_refused(amplitude, rate):
    square = np.where(tone() > 0, amplitude, -amplitude).astype(np.float32)
    with pytest.raises(UnreadableAudioError, match="dBFS"):
        read(file_of(square, rate=rate))


def test_integers_written_as_floats_are_loud_but_sound():
    clip = read(file_of(tone() * np.float32(2**31)))
    assert np.isfinite(clip.waveform).all()


@pytest.mark.parametrize("amplitude", [0.0, 1e-5])
def test_a_silent_file_is_told(amplitude):
    with pytest.raises(SilentAudioError) as caught:
        read(file_of(2 * amplitude * tone()))
    assert caught.value.threshold_db == -90.0
    assert str(caught.value) == "The audio is silent: no sample exceeds -90 dBFS."


def test_one_step_of_16_bits_is_silent_and_two_are_not():
    steps = np.zeros(1000, np.int16)
    steps[500] = 1
    with pytest.raises(SilentAudioError):
        read(file_of(steps, "WAV/PCM_16"))
    assert read(file_of(2 * steps, "WAV/PCM_16")).waveform.max() == 2 * 2.0**-15


@pytest.mark.parametrize(
    ("left", "expected"), [(0, "silent: "), (1, "silent: "), (2, "silent once its channels are")]
)
def test_the_mixing_is_named_where_a_channel_is_not_silent(left, expected):
    channels = np.zeros((1000, 2), np.int16)
    channels[500, 0] = left
    with pytest.raises(SilentAudioError, match=f"The audio is {expected}"):
        read(file_of(channels, "WAV/PCM_16"))


def test_a_tone_above_the_band_is_silent_after_resampling():
    ultrasonic = (0.5 * np.sin(2 * np.pi * 15_000 / 48_000 * np.arange(48_000))) * np.hanning(48_000)
    with pytest.raises(SilentAudioError, match="silent once resampled to 8000 Hz"):
        read(file_of(ultrasonic, "WAV/PCM_24", rate=48_000))


@pytest.mark.parametrize("n_samples", [1, 2, 10])
def test_less_than_one_sample_of_the_model_is_empty(n_samples):
    with pytest.raises(EmptyAudioError, match="empty once resampled to 8000 Hz"):
        read(file_of(np.full(n_samples, 0.5), rate=192_000))
