"""The spectrogram of a sound as a PNG: axes in s and Hz, a colour bar in dBFS.

Pillow is imported for the first image, not when the service starts.
"""

import io
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from service.sound.colour_map import colour_map
from service.sound.store import Model

if TYPE_CHECKING:
    from PIL import ImageDraw

Float32 = NDArray[np.float32]

WIDTH, HEIGHT = 960, 540  # pixels
PLOT = (84, 66, 824, 470)  # left, top, right, bottom
BAR = (852, 66, 872, 470)
PAPER, INK, FAINT = (252, 251, 249), (38, 36, 46), (122, 118, 132)
TITLE_SIZE, TEXT_SIZE = 19, 14
TICK_LENGTH = 5
N_TICKS = 6  # at most about so many
BAR_STEP_DB = 10.0
COMPRESSION = 1  # of a noisy image: 50 ms and 380 KB, where the usual 6 takes 230 ms for 290 KB


class Cells(NamedTuple):
    """The values that the image shows."""

    share: NDArray[np.float32]  # (n_bins, n_frames): 0 the floor, 1 the peak
    peak_db: float  # dBFS
    floor_db: float  # dBFS
    duration_s: float
    max_hz: float


def spectrogram_png(waveform: Float32, model: Model, title: str) -> bytes:
    """A PNG of WIDTH x HEIGHT pixels that shows the spectrogram of a waveform.

    Args:
        waveform: float32 of shape (any,), full scale is 1.
        model: the spectrogram is that of its transform, before any resizing.
        title: in ASCII and Latin-1.
    """
    from PIL import Image, ImageDraw

    cells = cells_of(waveform, model.manifest.spectrogram)
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    size = (PLOT[2] - PLOT[0], PLOT[3] - PLOT[1])
    smooth = Image.fromarray(np.ascontiguousarray(cells.share[::-1])).resize(size, Image.Resampling.BICUBIC)
    page.paste(Image.fromarray(_coloured(np.asarray(smooth))), PLOT[:2])
    gradient = np.repeat(np.linspace(1, 0, BAR[3] - BAR[1], dtype=np.float32)[:, None], BAR[2] - BAR[0], 1)
    page.paste(Image.fromarray(_coloured(gradient)), BAR[:2])
    _write(ImageDraw.Draw(page), cells, title)
    buffer = io.BytesIO()
    page.save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()


def cells_of(waveform: Float32, config: SpectrogramConfig) -> Cells:
    """The cells of the whole waveform, (any,), at the full resolution of the transform."""
    transform = SpectrogramTransform(config.at_full_resolution(math.ceil(waveform.size / config.hop_length)))
    share, peak_db = transform.forward(transform.fit_length(waveform)[0])
    duration_s = waveform.size / config.sample_rate
    return Cells(share, peak_db, peak_db + config.floor_db, duration_s, config.sample_rate / 2)


def round_ticks(low: float, high: float, n_ticks: int = N_TICKS) -> list[float]:
    """The multiples of 1, 2 or 5 times a power of ten between low and high, at most about n_ticks."""
    rough = (high - low) / n_ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _coloured(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    table = colour_map()
    coloured: NDArray[np.uint8] = table[np.round(np.clip(share, 0, 1) * (len(table) - 1)).astype(np.intp)]
    return coloured


def _write(draw: "ImageDraw.ImageDraw", cells: Cells, title: str) -> None:
    """Draws the frames, the ticks and the text."""
    from PIL import ImageFont

    text: Any = ImageFont.load_default(TEXT_SIZE)
    left, top, right, bottom = PLOT
    draw.text((left, 30), title, INK, ImageFont.load_default(TITLE_SIZE), anchor="ls")
    shown_db = cells.peak_db - cells.floor_db
    subtitle = f"{cells.duration_s:.3g} s, peak {cells.peak_db:.1f} dBFS, {shown_db:g} dB shown"
    draw.text((left, 50), subtitle, FAINT, text, anchor="ls")
    for second in round_ticks(0, cells.duration_s):
        x = left + (right - left - 1) * second / cells.duration_s
        draw.line((x, bottom, x, bottom + TICK_LENGTH), INK)
        draw.text((x, bottom + 9), f"{second:g}", INK, text, anchor="mt")
    draw.text(((left + right) / 2, bottom + 36), "time (s)", INK, text, anchor="mt")
    for hz in round_ticks(0, cells.max_hz):
        y = bottom - 1 - (bottom - top - 1) * hz / cells.max_hz
        draw.line((left - TICK_LENGTH - 1, y, left - 2, y), INK)
        draw.text((left - 10, y), f"{hz:g}", INK, text, anchor="rm")
    draw.text((left - 10, top - 16), "Hz", INK, text, anchor="rs")
    left, top, right, bottom = BAR
    for db in round_ticks(cells.floor_db, cells.peak_db, max(2, round(shown_db / BAR_STEP_DB))):
        y = bottom - 1 - (bottom - top - 1) * (db - cells.floor_db) / shown_db
        draw.line((right + 1, y, right + TICK_LENGTH, y), INK)
        draw.text((right + 10, y), f"{db:g}", INK, text, anchor="lm")
    draw.text((left, top - 16), "dBFS", INK, text, anchor="ls")
    for box in (PLOT, BAR):
        draw.rectangle((box[0] - 1, box[1] - 1, box[2], box[3]), outline=INK)
