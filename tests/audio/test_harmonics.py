"""Harmonics of a known pitch are sharpened, and nothing else is."""

import numpy as np
import pytest

from audio.harmonics import sharpened
from audio.pitch import hz_of
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig

CONFIG = SpectrogramConfig(sample_rate=44_100, n_fft=2048, hop_length=1024, win_length=2048, n_frames=32)
TRANSFORM = SpectrogramTransform(CONFIG)
T = np.arange(CONFIG.n_samples) / CONFIG.sample_rate


def note(midi, n_harmonics=12):
    phases = np.arange(1, n_harmonics + 1)[:, None]
    return (np.sin(2 * np.pi * hz_of(midi) * phases * T + phases) / phases).sum(axis=0).astype(np.float32) / 4


def cents_off(waveform, hz):
    """Of the strongest partial within a semitone of hz."""
    middle = waveform[CONFIG.n_fft : -CONFIG.n_fft]
    n = 1 << 20
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), n))
    found = np.arange(spectrum.size) * CONFIG.sample_rate / n
    near = (found > hz * 2 ** (-1 / 12)) & (found < hz * 2 ** (1 / 12))
    return 1200 * np.log2(found[near][spectrum[near].argmax()] / hz)


@pytest.mark.parametrize(("midi", "cents"), [(37, 30), (41.5, 20), (48, 15), (60, 8)])
def test_partials_that_lie_beside_their_places_are_in_tune_again(midi, cents):
    image = TRANSFORM.forward(note(midi + cents / 100)).log_magnitude
    before, after = (
        [abs(cents_off(TRANSFORM.inverse(each, -20.0), k * hz_of(midi))) for k in range(1, 5)]
        for each in (image, sharpened(image, hz_of(midi), CONFIG))
    )
    assert np.mean(before) > 0.7 * cents
    assert np.mean(after) < 4


def test_a_true_spectrogram_hardly_changes():
    image = TRANSFORM.forward(note(60)).log_magnitude[:, 2:-2]
    changed = sharpened(TRANSFORM.forward(note(60)).log_magnitude, hz_of(60), CONFIG)[:, 2:-2]
    loud = image > 0.5
    assert np.abs(changed - image)[loud].max() * 80 < 1.0  # dB


def test_energy_noise_and_silence_stay():
    rng = np.random.default_rng(0)
    noise = TRANSFORM.forward(rng.normal(0, 0.1, CONFIG.n_samples).astype(np.float32)).log_magnitude
    changed = sharpened(noise, hz_of(60), CONFIG)
    assert (changed == noise).mean() > 0.7
    assert np.square(10 ** (4 * changed)).sum() == pytest.approx(np.square(10 ** (4 * noise)).sum(), rel=0.02)
    silence = np.zeros(CONFIG.image_shape, np.float32)
    assert np.array_equal(sharpened(silence, hz_of(60), CONFIG), silence)


def test_a_pitch_whose_harmonics_are_nearer_than_bins_changes_nothing():
    image = TRANSFORM.forward(note(60)).log_magnitude
    assert sharpened(image, 20.0, CONFIG) is image
