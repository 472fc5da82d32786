"""Disturbances are what their names say, and a disturbed clip is read as an upload is."""

from typing import Any

import numpy as np
import pytest

from training.data.dataset import load_splits
from training.measure.disturbed import DISTURBANCES, Clip, as_stored, disturbed_uploads

SAMPLE_RATE = 8000
SECONDS = np.arange(4000) / SAMPLE_RATE
TONE = (0.1 * np.sin(2 * np.pi * 440 * SECONDS)).astype(np.float32)


def disturbed(row, waveform=TONE):
    return DISTURBANCES[row](Clip(waveform, SAMPLE_RATE, np.random.default_rng(0)))


def snr_db(noisy):
    return 10 * float(np.log10(np.square(TONE).sum() / np.square(noisy - TONE).sum()))


def strongest_hz(added):
    return float(np.abs(np.fft.rfft(added)).argmax() * SAMPLE_RATE / added.size)


def test_each_disturbance_is_what_it_is_called():
    np.testing.assert_array_equal(disturbed("clean"), TONE)
    np.testing.assert_allclose(disturbed("offset") - TONE, 0.01, atol=1e-7)
    assert strongest_hz(disturbed("rumble") - TONE) == 8
    assert strongest_hz(disturbed("hum") - TONE) == 50
    assert snr_db(disturbed("hum")) == pytest.approx(20, abs=0.1)
    assert snr_db(disturbed("background noise")) == pytest.approx(20, abs=0.1)
    assert np.abs(disturbed("louder")).max() == pytest.approx(0.1 * 10 ** (12 / 20), rel=1e-3)
    assert np.abs(disturbed("softer")).max() == pytest.approx(0.1 / 10 ** (12 / 20), rel=1e-3)
    assert snr_db(disturbed("resampled")) > 40
    assert not disturbed("late")[:SAMPLE_RATE].any()
    np.testing.assert_array_equal(disturbed("late")[SAMPLE_RATE:], TONE)


@pytest.mark.parametrize(("hz", "kept"), [(200, False), (440, True), (3000, True), (3600, False)])
def test_a_telephone_passes_300_to_3400_hz(hz, kept):
    tone = np.sin(2 * np.pi * hz * SECONDS).astype(np.float32)
    assert np.abs(disturbed("telephone band", tone)).max() == pytest.approx(float(kept), abs=0.02)


def test_a_stored_clip_is_clipped_at_full_scale_and_rounded_to_16_bits():
    stored = as_stored(np.array([2.0, -2.0, 0.3, 0.0], np.float32), SAMPLE_RATE)
    np.testing.assert_allclose(stored, [1, -1, 0.3, 0], atol=1 / 32_767)


def test_a_late_clip_is_read_from_its_onset_on(tiny):
    config = tiny()
    clips = load_splits(config)["validation"]
    uploads: dict[str, Any] = dict(disturbed_uploads(config, clips))
    assert uploads.keys() == DISTURBANCES.keys()
    for clean, late in zip(uploads["clean"], uploads["late"], strict=True):
        assert abs(clean.size - late.size) <= 0.03 * SAMPLE_RATE
