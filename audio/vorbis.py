"""Ogg Vorbis that is written while its samples are computed."""

import io

import soundfile

from audio.containers import ogg_pages, with_serial_zero

BLOCK_BYTES = 2**17  # libsndfile's Vorbis encoder does not survive long writes


class OggEncoder:
    """Samples as Ogg Vorbis."""

    n_bytes: int | None = None

    def __init__(self, sample_rate: int) -> None:
        self._sink = io.BytesIO()
        self._file = soundfile.SoundFile(
            self._sink, "w", sample_rate, 1, subtype="VORBIS", format="OGG", endian="FILE"
        )

    def encode(self, pcm: bytes) -> bytes:
        """The pages that are complete."""
        for start in range(0, len(pcm), BLOCK_BYTES):
            self._file.buffer_write(pcm[start : start + BLOCK_BYTES], "int16")
        return self._taken()

    def end(self) -> bytes:
        """The last pages."""
        self._file.close()
        return self._taken()

    def _taken(self) -> bytes:
        """What was written since the last call; only that is kept in memory."""
        written = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return b"".join(with_serial_zero(written[page.start : page.end]) for page in ogg_pages(written))
