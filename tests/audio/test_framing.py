"""The STFT and its inverse, judged by librosa, by a DFT written out and by least squares."""

import librosa
import numpy as np
import pytest
from pydantic import ValidationError

from audio.errors import SpectrogramShapeError
from audio.spectrogram_config import SpectrogramConfig
from tests.audio.transforms import build, noise

STFT_TOLERANCE = 1e-5  # of the STFT's peak
RECONSTRUCTION_TOLERANCE = 2e-6  # of full scale
LEAST_SQUARES_TOLERANCE = 1e-5  # of the waveform's peak

FRAMINGS: list[dict[str, int]] = [
    {"n_fft": 256, "hop_length": 64, "win_length": 256},
    {"n_fft": 2048, "hop_length": 512, "win_length": 2048, "n_frames": 20},
    {"n_fft": 512, "hop_length": 128, "win_length": 300, "n_frames": 40},
    {"n_fft": 256, "hop_length": 100, "win_length": 256},  # hop does not divide n_fft
    {"n_fft": 255, "hop_length": 64, "win_length": 200},  # odd padding, odd margin of the window
    {"n_fft": 441, "hop_length": 147, "win_length": 441},
    {"n_fft": 255, "hop_length": 51, "win_length": 201, "n_frames": 33},
    {"n_fft": 64, "hop_length": 16, "win_length": 64, "n_frames": 5},
]
framings = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda f: "-".join(map(str, f.values())))


def padded(transform, waveform):
    """The documented framing: zeros by (n_fft - hop) / 2 on both sides, the odd one on the right."""
    missing = transform.config.n_fft - transform.config.hop_length
    return np.pad(waveform, (missing // 2, missing - missing // 2))


@framings
def test_stft_is_that_of_librosa(framing):
    transform = build(**framing)
    c, waveform = transform.config, noise(transform)
    expected = librosa.stft(
        padded(transform, waveform),
        n_fft=c.n_fft,
        hop_length=c.hop_length,
        win_length=c.win_length,
        window="hann",
        center=False,
    )
    actual = transform.stft(waveform)
    assert actual.dtype == np.complex64
    assert actual.shape == expected.shape == (c.n_bins, c.n_frames)
    assert np.abs(actual - expected).max() < STFT_TOLERANCE * np.abs(expected).max()


def test_stft_of_real_recordings_is_that_of_librosa(transform, recordings):
    for waveform in recordings:
        expected = librosa.stft(padded(transform, waveform), n_fft=256, hop_length=64, center=False)
        error = np.abs(transform.stft(waveform) - expected).max()
        assert error < STFT_TOLERANCE * np.abs(expected).max()


def test_stft_is_the_windowed_dft_written_out():
    transform = build(n_fft=30, hop_length=7, win_length=21, n_frames=9)
    waveform = noise(transform).astype(np.float64)
    n = np.arange(30)
    window = np.where((n >= 4) & (n < 25), np.sin(np.pi * (n - 4) / 21) ** 2, 0)  # 4 = (30 - 21) // 2
    dft = np.exp(-2j * np.pi * np.outer(np.arange(16), n) / 30)
    signal = np.concatenate([np.zeros(11), waveform, np.zeros(12)])  # 11 = (30 - 7) // 2
    expected = np.stack([dft @ (window * signal[7 * i : 7 * i + 30]) for i in range(9)], axis=1)
    error = np.abs(transform.stft(waveform.astype(np.float32)) - expected).max()
    assert error < STFT_TOLERANCE * np.abs(expected).max()


@framings
def test_istft_of_the_stft_is_the_waveform_to_its_edges(framing):
    transform = build(**framing)
    waveform = noise(transform)
    restored = transform.istft(transform.stft(waveform))
    assert restored.dtype == np.float32
    assert restored.shape == waveform.shape
    assert np.abs(restored - waveform).max() < RECONSTRUCTION_TOLERANCE


@pytest.mark.parametrize("position", [0, 1, -2, -1])
def test_a_click_at_the_very_edge_comes_back(transform, position):
    waveform = np.zeros(transform.config.n_samples, np.float32)
    waveform[position] = 1
    restored = transform.istft(transform.stft(waveform))
    assert np.abs(restored - waveform).max() < RECONSTRUCTION_TOLERANCE


def test_istft_of_any_matrix_is_the_least_squares_waveform():
    """No waveform has a random matrix for its STFT; istft must give the one that comes nearest."""
    transform = build(n_fft=16, hop_length=4, win_length=16, n_frames=6)
    c, rng = transform.config, np.random.default_rng(1)
    shape = (c.n_bins, c.n_frames)
    wanted = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
    wanted[[0, -1]] = wanted[[0, -1]].real  # DC and Nyquist of a real signal
    twice = np.full((c.n_bins, 1), np.sqrt(2))  # each bin between stands for two of the full spectrum
    twice[[0, -1]] = 1

    def flat(stft):
        weighted = (stft * twice).ravel()
        return np.concatenate([weighted.real, weighted.imag])

    matrix = np.stack([flat(transform.stft(e)) for e in np.eye(c.n_samples, dtype=np.float32)], axis=1)
    expected = np.linalg.lstsq(matrix, flat(wanted), rcond=None)[0]
    error = np.abs(transform.istft(wanted) - expected).max()
    assert error < LEAST_SQUARES_TOLERANCE * np.abs(expected).max()


@pytest.mark.parametrize(("win_length", "hop_length"), [(256, 256), (64, 64), (100, 128), (60, 64)])
def test_windows_that_leave_gaps_are_refused(win_length, hop_length):
    with pytest.raises(
        ValidationError, match=f"a window of {win_length} samples every {hop_length} leaves gaps"
    ):
        build(win_length=win_length, hop_length=hop_length, n_frames=16)


def test_windows_of_twice_the_hop_leave_no_gap():
    transform = build(win_length=128, hop_length=64)
    waveform = noise(transform)
    assert np.abs(transform.istft(transform.stft(waveform)) - waveform).max() < RECONSTRUCTION_TOLERANCE


def test_arrays_of_another_shape_are_refused(transform):
    c = transform.config
    with pytest.raises(SpectrogramShapeError) as caught:
        transform.stft(np.zeros(c.n_samples + 1, np.float32))
    assert (caught.value.actual, caught.value.expected) == ((c.n_samples + 1,), (c.n_samples,))
    image = np.zeros(c.image_shape, np.float32)
    for call in (
        lambda: transform.forward(np.zeros((1, c.n_samples), np.float32)),
        lambda: transform.forward(np.zeros((c.n_samples, 2), np.float32)),
        lambda: transform.istft(np.zeros((c.n_frames, c.n_bins), np.complex64)),
        lambda: transform.magnitude(image[:-1], 0.0),
        lambda: transform.inverse(image[None], 0.0),
        lambda: transform.inverse(image, 0.0, phase=np.zeros((c.n_bins - 1, c.n_frames), np.float32)),
    ):
        with pytest.raises(SpectrogramShapeError):
            call()


def test_a_clip_is_cut_or_padded_to_the_one_length_and_told(transform):
    n_samples = transform.config.n_samples
    whole = np.arange(n_samples, dtype=np.float32)
    assert transform.fit_length(whole)[1] is False
    short, cut = transform.fit_length(whole[:100])
    assert not cut
    assert np.array_equal(short, np.pad(whole[:100], (0, n_samples - 100)))
    long, cut = transform.fit_length(np.append(whole, np.float32(7)))
    assert cut
    assert np.array_equal(long, whole)
    assert transform.fit_length(np.zeros(0, np.float32))[0].shape == (n_samples,)


@pytest.mark.parametrize(
    "settings",
    [
        {"hop_length": 257},
        {"win_length": 257},
        {"hop_length": 0},
        {"floor_db": 0.0},
        {"n_frames": 0},
        {"sample_rate": 0},
        {"n_mels": 80},
    ],
)
def test_settings_that_make_no_transform_are_refused(settings):
    with pytest.raises(ValidationError):
        SpectrogramConfig(**settings)


def test_what_follows_from_the_settings_is_computed():
    config = SpectrogramConfig()
    assert (config.n_bins, config.n_samples, config.duration_s) == (129, 8192, 1.024)
    assert config.image_shape == (129, 128)
    assert SpectrogramConfig(image_height=28).image_shape == (28, 128)
