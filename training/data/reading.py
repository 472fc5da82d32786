"""The waveform of a recording of any length, block by block."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.decoders import Decoder, open_decoder
from audio.errors import ChannelCountError, ClipTooLongError, NonFiniteAudioError, SampleRateError
from audio.files import read_audio
from audio.formats import AudioLimits
from audio.mixing import mixed_blocks

Float32 = NDArray[np.float32]

LIMITS = AudioLimits()
MAX_BYTES = 16 << 20  # larger files are not read at once


class Reader:
    """A recording in the course of being read, mono at `sample_rate`.

    A short recording is one block, as `audio.files.read_audio` reads it. One that is longer or larger than
    is read at once is decoded, mixed and resampled block by block.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path, self._sample_rate = path, sample_rate
        self.complete = True  # once all blocks are read: whether nothing was missing or damaged

    def blocks(self) -> Iterator[Float32]:
        """The samples in order, each block float32 of shape (any,), full scale is 1.

        Raises:
            AudioError: the recording cannot be used.
            OSError: the file cannot be read.
        """
        if self._path.stat().st_size <= MAX_BYTES:
            try:
                clip = read_audio(self._path.read_bytes(), self._sample_rate, LIMITS)
            except ClipTooLongError:
                pass
            else:
                self.complete = clip.complete
                yield clip.waveform
                return
        yield from self._streamed()

    def _streamed(self) -> Iterator[Float32]:
        with self._path.open("rb") as file:
            decoder = open_decoder(file)
            _check(decoder)
            resampler = soxr.ResampleStream(decoder.sample_rate, self._sample_rate, 1, dtype="float32")
            for block in mixed_blocks(decoder.blocks()):
                if not np.isfinite(block).all():
                    raise NonFiniteAudioError
                yield resampler.resample_chunk(np.ascontiguousarray(block))
            yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            self.complete = decoder.complete


def _check(decoder: Decoder) -> None:
    if not LIMITS.min_sample_rate <= decoder.sample_rate <= LIMITS.max_sample_rate:
        raise SampleRateError(decoder.sample_rate, LIMITS.min_sample_rate, LIMITS.max_sample_rate)
    if decoder.channels > LIMITS.max_channels:
        raise ChannelCountError(decoder.channels, LIMITS.max_channels)
