"""The clips of a recording: where they begin and end, and their waveforms, never all of it in memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.errors import SilentAudioError
from audio.files import SILENCE_DB
from audio.onset import BLOCK_S, block_length, block_power, loud_blocks, onset_samples, window_start
from audio.spectrogram_config import SpectrogramConfig
from training.config_data import DataConfig
from training.data.reading import LIMITS, Reader

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


class Span(NamedTuple):
    """Where a clip lies in its recording, samples at the sample rate of the spectrogram."""

    start: int
    stop: int


def spans_of(reader: Reader, data: DataConfig, spectrogram: SpectrogramConfig) -> list[Span]:
    """Where the clips of a recording lie, in ascending order; at least one.

    Args:
        reader: of the recording, at the sample rate of the spectrogram.
        data: how recordings are cut into clips.
        spectrogram: its window is the length of a clip.

    Raises:
        AudioError: the recording cannot be used.
        OSError: the file cannot be read.
    """
    rate, powers, n_samples = spectrogram.sample_rate, [], 0
    for block in _whole_blocks(reader.blocks(), block_length(rate)):
        powers.append(block_power(block, rate))
        n_samples += block.size
    power = np.concatenate(powers)
    if power.max() <= 10 ** (SILENCE_DB / 10):
        raise SilentAudioError(SILENCE_DB)
    rule = {"start": _at_the_start, "onset": _at_onsets, "hop": _at_every_hop}[data.segment]
    return rule(power, n_samples, data, spectrogram)


def read_spans(path: Path, sample_rate: int, spans: Sequence[Span]) -> Iterator[Float32]:
    """The waveform of each span, float32 of shape (span.stop - span.start,), full scale is 1.

    Args:
        path: of the recording.
        sample_rate: Hz.
        spans: in ascending order; they may overlap.

    Raises:
        AudioError: the recording cannot be used.
        OSError: the file cannot be read.
    """
    blocks = Reader(path, sample_rate).blocks()
    held, begin, end = np.zeros(0, np.float32), 0, 0  # samples from `begin` on; `end` have been read
    for span in spans:
        held, begin = held[span.start - begin :], span.start
        while end < span.stop and (block := next(blocks, None)) is not None:
            held = np.concatenate([held, block[max(0, span.start - end) :]])
            end += block.size
        yield held[: span.stop - span.start]


def _whole_blocks(blocks: Iterable[Float32], length: int) -> Iterator[Float32]:
    """The same samples in blocks of a multiple of `length`, but for the last one."""
    rest = np.zeros(0, np.float32)
    for block in blocks:
        joined = np.concatenate([rest, block])
        whole = joined.size // length * length
        rest = joined[whole:]
        if whole:
            yield joined[:whole]
    yield rest


def _at_the_start(
    power: Float64, n_samples: int, data: DataConfig, spectrogram: SpectrogramConfig
) -> list[Span]:
    """One clip: the start of the recording, or its first sound where that begins late in the window."""
    del data
    rate = spectrogram.sample_rate
    start = window_start(power, rate, spectrogram.n_samples)
    return [Span(start, min(n_samples, start + round(LIMITS.max_duration_s * rate)))]


def _at_onsets(
    power: Float64, n_samples: int, data: DataConfig, spectrogram: SpectrogramConfig
) -> list[Span]:
    """A clip from every onset to the next one, or several where a sound lasts longer than the window."""
    rate = spectrogram.sample_rate
    n_least = round(data.min_clip_s * rate)
    onsets: list[int] = []
    for onset in onset_samples(power, rate):
        if not onsets or onset - onsets[-1] >= n_least:
            onsets.append(onset)
    loud, length = loud_blocks(power), block_length(rate)
    spans = []
    for begin, end in pairwise([*onsets, n_samples]):
        for start in range(begin, end, spectrogram.n_samples):
            span = Span(start, min(start + spectrogram.n_samples, end))
            n_loud = int(loud[span.start // length : -(-span.stop // length)].sum())
            if start == begin or n_loud * BLOCK_S >= data.min_clip_s:
                spans.append(span)
    return spans


def _at_every_hop(
    power: Float64, n_samples: int, data: DataConfig, spectrogram: SpectrogramConfig
) -> list[Span]:
    """A clip every `hop_s` seconds, without those that are silent."""
    rate = spectrogram.sample_rate
    hop = max(1, round(data.hop_s * rate)) if data.hop_s else spectrogram.n_samples
    loud, length = loud_blocks(power), block_length(rate)
    spans = [Span(i, min(i + spectrogram.n_samples, n_samples)) for i in range(0, n_samples, hop)]
    return [span for span in spans if loud[span.start // length : -(-span.stop // length)].any()]
