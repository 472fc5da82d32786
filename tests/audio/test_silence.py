"""A silent end is cut, what can be heard stays, and no end is a step."""

import numpy as np
import pytest

from audio.silence import trim_silence, with_faded_ends

RATE = 8000
BLOCK, TAIL = 80, 160  # 10 ms, 20 ms
FADE_IN, FADE_OUT = 8, 40  # 1 ms, 5 ms


def tone(n_samples, amplitude=0.5):
    return (amplitude * np.sin(np.arange(n_samples) * 0.7)).astype(np.float32)


def test_a_silent_end_is_cut_after_a_faded_tail():
    waveform = np.r_[tone(4000), tone(4000, 0.5 * 10 ** (-45 / 20))].astype(np.float32)
    trimmed = trim_silence(waveform, RATE)
    assert trimmed.size == 4000 + TAIL
    np.testing.assert_array_equal(trimmed[:4000], waveform[:4000])
    assert trimmed[-1] == 0
    assert np.abs(trimmed[-TAIL:]).max() <= np.abs(waveform[4000:]).max()


def test_an_end_that_can_be_heard_stays():
    waveform = np.r_[tone(4000), tone(4000, 0.5 * 10 ** (-35 / 20))].astype(np.float32)
    assert trim_silence(waveform, RATE).size == 8000


def test_a_pause_inside_stays():
    waveform = np.r_[tone(2000), np.zeros(4000), tone(800), np.zeros(1200)].astype(np.float32)
    assert trim_silence(waveform, RATE).size == 6800 + TAIL


@pytest.mark.parametrize("n_samples", [1, BLOCK - 1, BLOCK, 8000])
def test_pure_silence_and_fragments_stay_as_they_are(n_samples):
    silence = np.zeros(n_samples, np.float32)
    assert trim_silence(silence, RATE).size == n_samples
    assert trim_silence(silence + 0.1, RATE).size == n_samples


def test_trimming_leaves_the_original_alone():
    waveform = np.r_[tone(800), np.zeros(800)].astype(np.float32)
    before = waveform.copy()
    trim_silence(waveform, RATE)
    np.testing.assert_array_equal(waveform, before)


def test_ends_are_faded_and_the_rest_stays():
    waveform = np.ones(800, np.float32)
    faded = with_faded_ends(waveform, RATE)
    assert faded[0] == faded[-1] == 0
    assert np.abs(np.diff(faded)).max() <= 1 / FADE_IN + 1e-6
    np.testing.assert_array_equal(faded[FADE_IN:-FADE_OUT], 1)
    np.testing.assert_array_equal(waveform, 1)


@pytest.mark.parametrize("n_samples", [0, 1, FADE_IN + FADE_OUT - 1])
def test_a_fragment_shorter_than_the_fades_stays(n_samples):
    np.testing.assert_array_equal(with_faded_ends(np.ones(n_samples, np.float32), RATE), np.ones(n_samples))
