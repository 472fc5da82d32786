"""The high-pass: what lies below hearing goes, what a voice begins with stays, and no end rings."""

import numpy as np
import pytest

from audio.highpass import high_pass
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig

CUTOFF_HZ = 30.0
SAMPLE_RATE = 8000
SECONDS = np.arange(6000) / SAMPLE_RATE
TRANSFORM = SpectrogramTransform(SpectrogramConfig(high_pass_hz=CUTOFF_HZ))


def tone(hz, amplitude=0.1, phase=0.4):
    return (amplitude * np.sin(2 * np.pi * hz * SECONDS + phase)).astype(np.float32)


def word():
    """Harmonics of 110 Hz that fade in and out."""
    harmonics = sum(tone(110.0 * k, 0.1 / k, k) for k in range(1, 30))
    return np.asarray(harmonics * np.sin(np.pi * SECONDS / SECONDS[-1]) ** 2, np.float32)


def gain(hz):
    """Of a tone, away from the ends of the clip."""
    before, after = tone(hz)[1500:-1500], high_pass(tone(hz), CUTOFF_HZ, SAMPLE_RATE)[1500:-1500]
    return float(after @ before / (before @ before))


@pytest.mark.parametrize(
    ("hz", "expected", "tolerance"),
    [
        (3, 0.0, 1e-3),
        (8, 0.0, 1e-3),
        (CUTOFF_HZ, 0.5, 0.01),
        (60, 0.99976, 1e-4),
        (80, 1.0, 1e-4),
        (1000, 1.0, 1e-4),
    ],
)
def test_rumble_goes_and_a_fundamental_stays(hz, expected, tolerance):
    assert gain(hz) == pytest.approx(expected, abs=tolerance)


def test_a_tone_keeps_its_phase():
    assert np.abs(high_pass(tone(200), CUTOFF_HZ, SAMPLE_RATE) - tone(200))[800:-800].max() < 1e-3


@pytest.mark.parametrize("phase", np.arange(0, 6, 0.7))
@pytest.mark.parametrize(("hz", "most_db"), [(12.0, -50), (240.0, -20), (600.0, -27)])
def test_what_a_clip_cuts_leaves_neither_a_step_nor_a_thump(hz, most_db, phase):
    """Of a tone of amplitude 1, in the first and the last 0.1 s."""
    wanted = tone(hz, 1.0, phase) * (hz > CUTOFF_HZ)
    rest = high_pass(tone(hz, 1.0, phase), CUTOFF_HZ, SAMPLE_RATE) - wanted
    ends = np.concatenate([rest[:800], rest[-800:]])
    assert 10 * np.log10(2 * np.square(ends).mean()) < most_db


@pytest.mark.parametrize("n_samples", [40, 100, 150, 400])
def test_it_takes_away_the_smoothing_spline(n_samples):
    """The oracle is the penalised least squares of the samples, with differences for derivatives."""
    cutoff, rng, at = 1 / 400, np.random.default_rng(n_samples), np.arange(n_samples)
    tones = [
        rng.normal() * np.sin(2 * np.pi * k * cutoff * at + rng.uniform(0, 6)) for k in (0.2, 0.7, 1.3, 4)
    ]
    x = (3 + np.sum(tones, axis=0)).astype(np.float32)
    sixth = np.diff(np.eye(n_samples), 6, axis=0) / (2 * np.pi * cutoff) ** 6
    system, values = np.vstack([np.eye(n_samples), sixth]), np.append(x, np.zeros(len(sixth)))
    spline = np.linalg.lstsq(system, values, rcond=None)[0]
    assert np.abs(x - high_pass(x, cutoff * SAMPLE_RATE, SAMPLE_RATE) - spline).max() < 0.04


@pytest.mark.parametrize("n_samples", [1, 2, 50, 799, 6000, 40_000])
def test_an_offset_goes_from_clips_of_any_length_without_a_step_at_their_ends(n_samples):
    filtered = high_pass(np.full(n_samples, 0.3, np.float32), CUTOFF_HZ, SAMPLE_RATE)
    assert filtered.dtype == np.float32
    assert filtered.shape == (n_samples,)
    assert np.abs(filtered).max() < 1e-6


def test_no_clip_and_no_cutoff_change_nothing():
    assert high_pass(np.zeros(0, np.float32), CUTOFF_HZ, SAMPLE_RATE).shape == (0,)
    assert np.array_equal(high_pass(word() + 1, 0.0, SAMPLE_RATE), word() + 1)


@pytest.mark.parametrize(
    "inaudible",
    [
        pytest.param(np.full(SECONDS.size, 0.02, np.float32), id="offset"),
        pytest.param(tone(8, 0.02), id="rumble"),
        pytest.param(tone(3, 0.02), id="slow rumble"),
    ],
)
def test_what_cannot_be_heard_changes_neither_spectrogram_nor_level(inaudible):
    clean, disturbed = (TRANSFORM.fit_length(w.astype(np.float32))[0] for w in (word(), word() + inaudible))
    expected, found = TRANSFORM.forward(clean), TRANSFORM.forward(disturbed)
    assert found.level_db == pytest.approx(expected.level_db, abs=0.01)
    assert np.sqrt(np.square(found.log_magnitude - expected.log_magnitude).mean()) * 80 < 1.0  # dB
    without = SpectrogramTransform(SpectrogramConfig())
    kept = [without.forward(without.fit_length(w)[0]).log_magnitude for w in (word(), word() + inaudible)]
    assert np.sqrt(np.square(kept[0] - kept[1]).mean()) * 80 > 2.0


def test_the_phase_of_the_clip_is_that_of_the_filtered_clip():
    window = TRANSFORM.fit_length(word() + np.float32(0.05))[0]
    again = TRANSFORM.inverse(*TRANSFORM.forward(window), phase=np.angle(TRANSFORM.stft(window)))
    assert np.abs(again - window).max() < 1e-3
    assert abs(float(again[: SECONDS.size].mean())) < 1e-3
