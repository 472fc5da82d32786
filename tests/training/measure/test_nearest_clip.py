"""The recogniser of notes and hits: labels of the nearest training clips, and features to compare sets in."""

import numpy as np

from audio.spectrogram import SpectrogramTransform
from training.data.dataset import Dataset, load_splits
from training.measure.measures import kernel_distance
from training.measure.nearest_clip import NearestClip


def test_the_nearest_clip_tells_the_labels_of_a_sound_like_it(tiny):
    config = tiny("spectrogram.image_height=33")
    train = load_splits(config)["train"]
    recogniser = NearestClip(train, SpectrogramTransform(config.spectrogram), ["digit"])
    t = np.arange(800) / 8000
    sounds = [(np.sin(2 * np.pi * hz * t) * (1 - t / 0.1)).astype(np.float32) for hz in (400, 1600)]
    found = recogniser.recognise(sounds).probabilities["digit"]
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6


def hits(n, seed):
    """Tones in noise, of random pitch and decay, 64 ms at 8 kHz."""
    rng, t = np.random.default_rng(seed), np.arange(512) / 8000
    tones = [np.sin(2 * np.pi * rng.uniform(100, 2000) * t) + 0.1 * rng.normal(size=t.size) for _ in range(n)]
    return [(tone * np.exp(-t / rng.uniform(0.01, 0.1))).astype(np.float32) for tone in tones]


def test_the_kernel_distance_of_two_halves_of_the_training_clips_is_small_beside_that_of_noise(tiny):
    transform = SpectrogramTransform(tiny("spectrogram.image_height=33").spectrogram)
    images, levels = zip(*map(transform.forward, hits(200, seed=0)), strict=True)
    clips = Dataset(np.stack(images)[..., None], np.array(levels), {}, {}, ("",) * 200)
    recogniser = NearestClip(clips, transform, [])
    np.testing.assert_allclose(recogniser.known.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(recogniser.known.std(axis=0), 1, atol=1e-4)
    rng = np.random.default_rng(0)
    noise = recogniser.recognise([rng.normal(0, 0.1, 512).astype(np.float32) for _ in range(100)]).features
    others = recogniser.recognise(hits(100, seed=1)).features
    assert abs(kernel_distance(recogniser.known[::2], recogniser.known[1::2])) < 0.1
    assert abs(kernel_distance(others, recogniser.known)) < 0.1
    assert kernel_distance(noise, recogniser.known) > 1
