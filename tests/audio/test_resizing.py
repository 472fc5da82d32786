"""Spectrograms of another size than the STFT."""

import numpy as np
import pytest

from audio.spectrogram import _resize_matrix
from tests.audio.transforms import build, tone

FLOAT32_STEP = 1e-6  # relative
RESIZE_TOLERANCE = 1e-5  # of the picture's range
RESIZED_CORRELATION = 0.8  # between a picture and the same through 28 x 28


@pytest.mark.parametrize(
    ("n_in", "n_out"), [(129, 28), (128, 28), (28, 129), (28, 128), (129, 64), (7, 7), (2, 690), (1025, 2)]
)
def test_each_row_of_a_resizing_matrix_sums_to_one(n_in, n_out):
    matrix = _resize_matrix(n_in, n_out)
    assert matrix.shape == (n_out, n_in)
    assert matrix.min() >= 0
    assert matrix.sum(axis=1) == pytest.approx(np.ones(n_out), abs=FLOAT32_STEP)
    assert (matrix.sum(axis=0) > 0).all()  # every input cell counts
    assert np.array_equal(matrix, matrix[::-1, ::-1])  # no half-cell shift to one side


def test_resizing_to_the_same_size_is_the_identity():
    assert np.array_equal(_resize_matrix(28, 28), np.eye(28, dtype=np.float32))


def test_a_straight_ramp_stays_straight_when_enlarged():
    ramp = _resize_matrix(28, 129) @ np.arange(28, dtype=np.float32)
    inner = np.diff(ramp)[4:-4]
    assert inner == pytest.approx(np.full(inner.size, 28 / 129), abs=RESIZE_TOLERANCE)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_picture_stays_constant(value):
    small, full = build(image_height=28, image_width=28), build()
    actual = small.magnitude(np.full((28, 28), value, np.float32), -10.0)
    expected = full.magnitude(np.full((129, 128), value, np.float32), -10.0)
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() < RESIZE_TOLERANCE * max(expected.max(), 1)


@pytest.mark.parametrize("shape", [(28, 28), (64, 64), (128, 64), (200, 300)])
def test_a_resized_picture_keeps_the_gross_structure(shape, speech, transform):
    resized = build(image_height=shape[0], image_width=shape[1])
    for waveform in speech:
        spectrogram = resized.forward(waveform)
        assert spectrogram.log_magnitude.shape == shape
        assert 0 <= spectrogram.log_magnitude.min() <= spectrogram.log_magnitude.max() <= 1 + FLOAT32_STEP
        assert spectrogram.level_db == transform.forward(waveform).level_db
        decibels = 20 * np.log10(resized.magnitude(*spectrogram) + 1e-6)
        original = 20 * np.log10(np.abs(transform.stft(waveform)) + 1e-6)
        assert np.corrcoef(decibels.ravel(), original.ravel())[0, 1] > RESIZED_CORRELATION


def test_a_tone_lands_in_its_row_of_a_small_picture():
    transform = build(image_height=28, image_width=28)
    for k in (10, 60, 120):
        rows = transform.forward(tone(transform, k * 31.25)).log_magnitude[:, 14]
        assert abs(rows.argmax() - ((k + 0.5) * 28 / 129 - 0.5)) <= 1
