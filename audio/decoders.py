"""Decoders of audio files behind one face: libsndfile, and FFmpeg for what libsndfile does not read.

Formats and codecs are allowed by name, so that no rarely used parser of either library meets an upload.
FFmpeg is imported when a file needs it. It never opens another file or address: it is handed bytes alone.
"""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.errors import UnreadableAudioError
from audio.mp4 import without_impossible_tables

Float32 = NDArray[np.float32]

READABLE = frozenset(
    {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "NIST"}
)  # libsndfile's major formats
UNKNOWN_LENGTH = 2**40  # frames; no honest header claims more, FLAC without a length claims 2**63 - 1
BLOCK_FRAMES = 65_536
DAMAGED = "it is damaged, cut off or in an encoding that is not read"
UNKNOWN = "it is not recognised as WAV, AIFF, AU, CAF, W64, FLAC, Ogg, MP3, M4A, AAC, WebM, WavPack or AMR"
WITHOUT_FFMPEG = f"{UNKNOWN}; those after MP3 need the Python package av, which is not installed here"
NOT_RECOGNISED = 1  # libsndfile's code

FFMPEG_FORMATS = (
    "aac",
    "amr",
    "caf",
    "flac",
    "matroska",
    "webm",
    "mov",
    "mp4",
    "m4a",
    "3gp",
    "mp3",
    "ogg",
    "wv",
)
FFMPEG_CODECS = (
    *("aac", "alac", "amrnb", "amrwb", "flac", "mp3", "mp3float", "opus", "libopus", "vorbis", "wavpack"),
    *("pcm_alaw", "pcm_mulaw", "pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le", "pcm_s8", "pcm_u8"),
    *("pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le"),
)
MICROSECONDS = 1_000_000  # FFmpeg's unit for the duration of a file
FFMPEG_OPTIONS = {
    "format_whitelist": ",".join(FFMPEG_FORMATS),
    "codec_whitelist": ",".join(FFMPEG_CODECS),
    "advanced_editlist": "0",  # a list of edits can repeat the sound any number of times
}
PROMISING = ("mov", "matroska", "wv", "caf")  # FFmpeg formats whose header counts; of others it guesses


class Decoder(Protocol):
    """One sound in the course of being read."""

    sample_rate: int  # Hz
    channels: int
    n_tracks: int  # sounds side by side, of which it reads one
    promised_s: float | None  # the duration that the header promises
    complete: bool  # once all blocks are read: whether nothing was missing or damaged

    def blocks(self) -> Iterator[Float32]:
        """The samples in order, float32 of shape (n, channels), n at most a block."""


def open_decoder(data: bytes | BinaryIO, counted: bool = True, track: int = 0) -> Decoder:
    """A decoder of a sound in the bytes.

    Args:
        data: one part of a file, or a whole file that is open and too large to be in memory.
        counted: whether its header says how long it is; libsndfile guesses and stops early where not.
        track: which of its sound tracks, from 0.

    Raises:
        UnreadableAudioError: neither library reads it.
    """
    if not counted:
        return FfmpegDecoder(data, track)
    try:
        return SndfileDecoder(data)
    except soundfile.LibsndfileError as error:
        try:
            return FfmpegDecoder(data, track)
        except UnreadableAudioError as other:
            raise (other if error.code == NOT_RECOGNISED else UnreadableAudioError(DAMAGED)) from error


class _Bytes(io.BytesIO):
    """Bytes as a file, in which a wrong position of a damaged header is an ignored seek and no traceback."""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file that is only read on: soundfile seeks after each read, which fails where FLAC is streamed."""

    def seekable(self) -> bool:
        return False


class SndfileDecoder:
    """What libsndfile reads."""

    def __init__(self, data: bytes | BinaryIO) -> None:
        self._file = _ForwardFile(_from_start(data))
        if self._file.format not in READABLE:
            raise UnreadableAudioError(UNKNOWN)
        self.sample_rate, self.channels = self._file.samplerate, self._file.channels
        guessed = self._file.format == "WAV" and self._file.subtype == "MPEG_LAYER_III"
        self._promised = None if guessed or self._file.frames >= UNKNOWN_LENGTH else self._file.frames
        self.promised_s = None if self._promised is None else self._promised / max(1, self.sample_rate)
        self.n_tracks, self.complete = 1, True

    def blocks(self) -> Iterator[Float32]:
        """The samples up to the end or to the first damage, whose block is read as far as it goes."""
        n_read, damaged = 0, False
        while not damaged:
            block = np.full((BLOCK_FRAMES, self.channels), np.nan, np.float32)
            try:
                block = self._file.read(out=block)
            except soundfile.LibsndfileError:
                block, damaged = _written(block), True
            if block.size == 0:
                break
            n_read += block.shape[0]
            yield block
        self.complete = not damaged if self._promised is None else n_read >= self._promised


def _from_start(data: bytes | BinaryIO) -> BinaryIO:
    if isinstance(data, bytes):
        return _Bytes(data)
    data.seek(0)
    return data


def _written(block: Float32) -> Float32:
    """The rows of a block of NaN that a decoder wrote to before it failed."""
    rows = np.flatnonzero(~np.isnan(block).any(axis=1))
    return block[: rows[-1] + 1] if rows.size else block[:0]


class FfmpegDecoder:
    """What FFmpeg reads: one sound track of a file."""

    def __init__(self, data: bytes | BinaryIO, track: int) -> None:
        try:
            import av
        except ImportError as error:
            raise UnreadableAudioError(WITHOUT_FFMPEG) from error
        if isinstance(data, bytes):
            data = without_impossible_tables(data)
        try:
            self._container = av.open(_from_start(data), options=FFMPEG_OPTIONS)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableAudioError(UNKNOWN) from error
        self._failures = av.FFmpegError
        if not self._container.streams.audio:
            raise UnreadableAudioError("it has no sound track")
        self.n_tracks = len(self._container.streams.audio)
        self._stream = self._container.streams.audio[track]
        codec = self._stream.codec_context  # None where FFmpeg does not know it
        if codec is None:
            raise UnreadableAudioError("its encoding is not known")
        if codec.name not in FFMPEG_CODECS:
            raise UnreadableAudioError(f"its sound is {codec.codec.long_name}, which is not read")
        codec.thread_count = 1
        self._frames = self._decoded()
        self.complete = True
        self._first = next(self._frames, None)
        if self._first is None:
            raise UnreadableAudioError(DAMAGED)
        self.sample_rate, self.channels = self._first.sample_rate, self._first.layout.nb_channels
        self.promised_s = self._promise()

    def blocks(self) -> Iterator[Float32]:
        """The samples up to the end; packets that are damaged are left out."""
        n_read, longest, frame = 0, 0, self._first
        while frame is not None:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.sample_rate, self.channels):
                self.complete = False
                break
            n_read += frame.samples
            longest = max(longest, frame.samples)
            yield _samples(frame)
            frame = next(self._frames, None)
        if self.promised_s is not None and (n_read + longest) / self.sample_rate < self.promised_s:
            self.complete = False  # headers count in frames

    def _decoded(self) -> Iterator[Any]:
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except self._failures:
                    self.complete = False
        except self._failures:
            self.complete = False

    def _promise(self) -> float | None:
        if not self._container.format.name.startswith(PROMISING):
            return None
        if self._stream.duration is not None:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration is None or len(self._container.streams) > 1:
            return None  # the duration is that of the longest track
        return float(self._container.duration / MICROSECONDS)


def _samples(frame: Any) -> Float32:
    """The samples of a frame, float32 of shape (n, channels), full scale is 1."""
    samples = frame.to_ndarray()  # (channels, n), or (1, n * channels) where they are interleaved
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return np.asarray((samples.T.astype(np.float32) - 128) / 128, np.float32)
    scale = 1.0 if samples.dtype.kind == "f" else -float(np.iinfo(samples.dtype).min)
    return np.asarray(samples.T / scale, np.float32)
