"""Recordings become spectrograms, clip by clip; what cannot be read is left out."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.errors import AudioError
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.config_data import DataConfig
from training.data.folder import LeftOut, Recording
from training.data.reading import Reader
from training.data.windows import Span, read_spans, spans_of


class Clip(NamedTuple):
    """One clip of a recording."""

    recording: int  # index
    span: Span
    log_magnitude: NDArray[np.float16]  # (image_height, image_width, 1), [0, 1]
    level_db: float  # dBFS


def clips_of(
    recordings: Sequence[Recording],
    data: DataConfig,
    spectrogram: SpectrogramConfig,
    left_out: list[LeftOut],
    incomplete: list[str],
) -> Iterator[Clip]:
    """The clips of the recordings, in their order.

    Args:
        recordings: what to read.
        data: how recordings are cut into clips.
        spectrogram: of every clip.
        left_out: what cannot be read is added to it, and the others go on.
        incomplete: the names of recordings of which something is missing or damaged are added to it.
    """
    transform = SpectrogramTransform(spectrogram)
    for i, recording in enumerate(track(recordings, description="Preparing clips")):
        reader = Reader(recording.path, spectrogram.sample_rate)
        try:
            spans = spans_of(reader, data, spectrogram)
        except AudioError as error:
            left_out.append(LeftOut(recording.name, str(error)))
            continue
        except OSError as error:
            left_out.append(LeftOut(recording.name, f"it cannot be read: {error.strerror}"))
            continue
        if not reader.complete:
            incomplete.append(recording.name)
        waveforms = read_spans(recording.path, spectrogram.sample_rate, spans)
        for span, waveform in zip(spans, waveforms, strict=True):
            image, level_db = transform.forward(transform.fit_length(waveform)[0])
            yield Clip(i, span, image[..., None].astype(np.float16), float(level_db))
