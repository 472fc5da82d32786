"""The short-time Fourier transform of padded clips, against the definition in float64."""

import numpy as np
import pytest

from audio.stft import ShortTimeTransform, hann, overlap_add

FLOAT32 = 1e-5  # of the largest value


@pytest.fixture(params=[(256, 64, 256), (255, 60, 201), (2048, 512, 2048)], ids=str)
def short_time(request):
    n_fft, hop_length, win_length = request.param
    return ShortTimeTransform(n_fft=n_fft, hop_length=hop_length, win_length=win_length, n_frames=20)


@pytest.fixture
def padded(short_time):
    noise = np.random.default_rng(0).standard_normal(20 * short_time._hop_length)
    return short_time.padded(noise.astype(np.float32))


def test_a_frame_is_the_fourier_transform_of_its_windowed_samples(short_time, padded):
    n_fft, hop_length = short_time._n_fft, short_time._hop_length
    found = short_time.forward(padded)
    assert found.dtype == np.complex64
    assert found.shape == (20, n_fft // 2 + 1)
    for i in (0, 7, 19):
        samples = padded[i * hop_length : i * hop_length + n_fft].astype(np.float64)
        expected = np.fft.rfft(samples * short_time.window)
        np.testing.assert_allclose(found[i], expected, atol=FLOAT32 * np.abs(expected).max())


def test_the_inverse_gives_the_padded_clip_again(short_time, padded):
    np.testing.assert_allclose(short_time.inverse(short_time.forward(padded)), padded, atol=1e-4)


def test_fewer_frames_give_a_clip_that_ends_early(short_time, padded):
    stft = short_time.forward(padded)
    stft[12:] = 0
    whole, early = short_time.unpadded(short_time.inverse(stft)), short_time.inverse(stft[:12])
    assert early.size < padded.size
    assert np.array_equal(short_time.unpadded(early), whole)
    np.testing.assert_allclose(short_time.forward(early), short_time.forward(short_time.inverse(stft))[:12])


def test_frames_are_added_where_they_overlap():
    frames = np.arange(1, 11, dtype=np.float32).reshape(2, 5)
    assert overlap_add(frames, 2).tolist() == [1, 2, 9, 11, 13, 9, 10, 0]


def test_the_window_is_in_the_middle_of_the_frame():
    assert hann(4, 8).tolist() == [0, 0, 0, 0.5, 1, 0.5, 0, 0]
