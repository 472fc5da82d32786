"""Sound as a file that is sent while it is made; its length is known, its samples are not yet."""

import struct
from typing import Literal, Protocol

StreamFormat = Literal["wav", "pcm", "ogg"]
WAV_HEAD_BYTES, BYTES_PER_SAMPLE = 44, 2


class Encoder(Protocol):
    """16-bit samples as bytes of a file."""

    n_bytes: int | None  # of the whole file, where that is known

    def encode(self, pcm: bytes) -> bytes: ...

    def end(self) -> bytes: ...


def encoder(audio_format: StreamFormat, sample_rate: int, n_samples: int) -> Encoder:
    """An encoder for a file of one channel; the same samples always give the same bytes."""
    if audio_format == "ogg":
        from audio.vorbis import OggEncoder  # and with it libsndfile, which the front process rarely needs

        return OggEncoder(sample_rate)
    return PlainEncoder(_wav_head(sample_rate, n_samples) if audio_format == "wav" else b"", n_samples)


class PlainEncoder:
    """Samples as they are, after a head."""

    def __init__(self, head: bytes, n_samples: int) -> None:
        self._head = head
        self.n_bytes: int | None = len(head) + BYTES_PER_SAMPLE * n_samples

    def encode(self, pcm: bytes) -> bytes:
        """The next bytes of the file."""
        head, self._head = self._head, b""
        return head + pcm

    def end(self) -> bytes:
        """The last bytes of the file."""
        return b""


def _wav_head(sample_rate: int, n_samples: int) -> bytes:
    n_bytes = BYTES_PER_SAMPLE * n_samples
    about = struct.pack(
        "<IHHIIHH", 16, 1, 1, sample_rate, BYTES_PER_SAMPLE * sample_rate, BYTES_PER_SAMPLE, 16
    )
    riff = struct.pack("<4sI4s", b"RIFF", WAV_HEAD_BYTES - 8 + n_bytes, b"WAVE")
    return riff + b"fmt " + about + struct.pack("<4sI", b"data", n_bytes)
