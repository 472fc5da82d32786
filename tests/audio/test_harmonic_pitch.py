"""The pitch of a note is where its harmonics lie; its octave is what the head believes."""

import numpy as np
import pytest

from audio.harmonic_pitch import found_pitch, with_found_pitch
from audio.manifest import Manifest
from audio.pitch import hz_of
from audio.scale import number_weights
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig

CONFIG = SpectrogramConfig(sample_rate=44_100, n_fft=2048, hop_length=1024, win_length=2048, n_frames=32)
TRANSFORM = SpectrogramTransform(CONFIG)
T = np.arange(CONFIG.n_samples) / CONFIG.sample_rate
SCALE = np.array([note for note in range(36, 85) if note % 5])  # every fifth was never learnt
NAMES = [str(note) for note in SCALE]
UNSURE = np.full(len(SCALE), 1 / len(SCALE), np.float32)


def spectrogram(midi, amplitudes):
    waveform = sum(a * np.sin(2 * np.pi * hz_of(midi) * k * T + k) for k, a in enumerate(amplitudes, 1))
    return TRANSFORM.forward((waveform / 4).astype(np.float32)).log_magnitude


@pytest.mark.parametrize("midi", [36, 40, 45.5, 60, 60.25, 71.9, 83.3, 84])
def test_a_head_that_knows_nothing_is_no_obstacle(midi):
    image = spectrogram(midi, 1 / np.arange(1, 9))
    assert found_pitch(image, UNSURE, SCALE, CONFIG) == pytest.approx(midi, abs=0.15)


@pytest.mark.parametrize("learnt", [59, 61])
def test_a_note_between_those_that_were_learnt_is_where_its_harmonics_are(learnt):
    sure = number_weights(learnt, NAMES)
    assert found_pitch(spectrogram(60, [1, 0.5, 0.3]), sure, SCALE, CONFIG) == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize("believed", [48, 61])
def test_of_octaves_that_are_alike_the_believed_one_counts(believed):
    image = spectrogram(48, [0.3, 1, 0.3, 1, 0, 0.5, 0, 0.3])
    found = found_pitch(image, number_weights(believed, NAMES), SCALE, CONFIG)
    assert found == pytest.approx(48 if believed == 48 else 60, abs=0.1)


def test_of_noise_and_of_silence_the_pitch_is_what_the_head_believes():
    rng = np.random.default_rng(0)
    noise = TRANSFORM.forward(rng.normal(0, 0.1, CONFIG.n_samples).astype(np.float32)).log_magnitude
    for image in (noise, np.zeros(CONFIG.image_shape, np.float32)):
        found = found_pitch(image, number_weights(64, NAMES), SCALE, CONFIG)
        assert found == pytest.approx(64, abs=1)


@pytest.mark.parametrize("believed", [1, 2, 3])
def test_where_no_harmonic_can_be_seen_the_head_is_believed(believed):
    coarse = SpectrogramConfig(sample_rate=8000, n_fft=64, hop_length=16, win_length=64, n_frames=16)
    image = np.random.default_rng(0).random(coarse.image_shape, np.float32)
    scale = np.array([1.0, 2.0, 3.0])  # twelve harmonics lie below the first bin
    found = found_pitch(image, np.eye(3, dtype=np.float32)[believed - 1], scale, coarse)
    assert found == pytest.approx(believed, abs=0.1)


@pytest.mark.parametrize("named", [{}, {"pitch": "MIDI note"}])
def test_labels_of_a_model_without_a_pitch_stay(named):
    recognised = {"instrument": np.array([0.2, 0.8], np.float32), "pitch": UNSURE}
    labels = {"instrument": ("flute", "violin"), "pitch": tuple(NAMES)}
    manifest = Manifest.model_construct(spectrogram=CONFIG, labels=labels, numbers=named)
    found = with_found_pitch(recognised, spectrogram(60.5, [1, 0.5, 0.3]), manifest)
    assert np.array_equal(found["instrument"], recognised["instrument"])
    heaviest = {NAMES[i] for i in np.flatnonzero(found["pitch"] > 0.1)}
    assert heaviest == ({"59", "61"} if named else set())
