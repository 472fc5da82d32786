"""Colours whose lightness rises evenly from quiet to loud, so that equal steps in dB look equal."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

N_COLOURS = 256
LIGHTNESS = (0.13, 0.97)  # of OKLab, from the quietest to the loudest
HUES = ((0.0, 285.0), (0.3, 310.0), (0.55, 378.0), (0.8, 418.0), (1.0, 461.0))  # degrees: blue, rose, amber
CHROMAS = ((0.0, 0.03), (0.2, 0.115), (0.45, 0.175), (0.65, 0.16), (0.85, 0.13), (1.0, 0.06))

# Source: Ottosson 2020, "A perceptual color space for image processing".
OKLAB_TO_CONES = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
CONES_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@cache
def colour_map() -> NDArray[np.uint8]:
    """The table, uint8 of shape (N_COLOURS, 3) in sRGB, from quiet to loud."""
    share = np.linspace(0, 1, N_COLOURS)
    lightness = np.interp(share, (0, 1), LIGHTNESS)
    hue = np.radians(np.interp(share, *np.transpose(HUES)))
    chroma = np.interp(share, *np.transpose(CHROMAS))
    oklab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    linear = np.clip((oklab @ OKLAB_TO_CONES.T) ** 3 @ CONES_TO_RGB.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(255 * encoded), np.uint8)
