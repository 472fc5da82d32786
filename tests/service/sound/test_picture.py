"""The spectrogram image shows the sound: frequency, level and axes are right."""

import io

import numpy as np
import pytest
from PIL import Image

from service.sound.colour_map import colour_map
from service.sound.spectrogram_image import round_ticks, spectrogram_png

LIGHTNESS_STEP_TOLERANCE = 0.004  # of OKLab, out of 1: rounding to 8 bits


def test_a_tone_is_bright_at_its_frequency_and_nowhere_else(store):
    model = store.get("voices")
    tone = (0.5 * np.sin(2 * np.pi * 3000 * np.arange(900) / 8000)).astype(np.float32)
    pixels = np.asarray(Image.open(io.BytesIO(spectrogram_png(tone, model, "a tone"))))
    brightness = pixels[66:470, 84:824].astype(float).sum(axis=2)[:, 200:500].mean(axis=1)  # not its ends
    hz = 4000 * (1 - (np.arange(404) + 0.5) / 404)
    assert hz[brightness.argmax()] == pytest.approx(3000, abs=8000 / 64)  # one bin
    assert brightness[(hz < 2000)].max() < 0.5 * brightness.max()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1.024, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 4000, [0, 1000, 2000, 3000, 4000]),
        (0, 22_050, [0, 5000, 10_000, 15_000, 20_000]),
        (-107.5, -27.5, [-100, -80, -60, -40]),
        (0, 0.128, [0, 0.05, 0.1]),
    ],
)
def test_ticks_are_round_numbers_inside_the_axis(low, high, ticks):
    assert round_ticks(low, high) == ticks


def test_equal_steps_in_level_are_equal_steps_in_lightness():
    srgb = colour_map() / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lightness = np.cbrt(linear @ np.transpose(to_cones)) @ [0.2105, 0.7936, -0.0041]
    steps = np.diff(lightness)
    assert np.abs(steps[20:] - np.median(steps)).max() < LIGHTNESS_STEP_TOLERANCE
    assert lightness[0] < 0.15
    assert lightness[-1] > 0.95
