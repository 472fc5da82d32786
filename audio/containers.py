"""What libsndfile does not let us say inside an audio file: a WAV's INFO chunk, an Ogg stream's number.

Both make a file depend on its sound and its comment alone: the time of writing that a float WAV
carries is left out, and so is the random number that every Ogg page repeats.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

INFO_SOFTWARE, INFO_COMMENT = b"ISFT", b"ICMT"
PEAK = b"PEAK"  # libsndfile's, with the time of writing
OGG_SERIAL, OGG_CHECKSUM, OGG_SEGMENTS, OGG_HEADER = 14, 22, 26, 27  # byte offsets in a page
UNKNOWN_SIZE = 0x7F000000  # and more is what writes to a pipe, without knowing how much will come
CRC_MASK = 0xFFFFFFFF

_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Chunk(NamedTuple):
    """One chunk of a RIFF file."""

    name: bytes  # four letters
    body: bytes


def with_info(wav: bytes, software: str, comment: str) -> bytes:
    """The WAV with a LIST/INFO chunk before its samples; nothing in it tells when it was written.

    Args:
        wav: a whole file whose sizes are right.
        software: what wrote it, ASCII.
        comment: ASCII; an empty one is left out.
    """
    info = b"INFO" + b"".join(
        _chunk(name, text.encode("ascii") + b"\0")
        for name, text in ((INFO_SOFTWARE, software), (INFO_COMMENT, comment))
        if text
    )
    parts = [b"WAVE"]
    for name, body in _chunks(wav, 12):
        if name == b"data":
            parts.append(_chunk(b"LIST", info))
        if name != PEAK:
            parts.append(_chunk(name, body))
    return _chunk(b"RIFF", b"".join(parts))


def is_cut(wav: bytes) -> bool:
    """Whether samples are missing that a WAV's header promises; one that was streamed promises nothing."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        return False
    start = 12
    while start + 8 <= len(wav):
        (size,) = struct.unpack_from("<I", wav, start + 4)
        if wav[start : start + 4] == b"data":
            return bool(len(wav) < start + 8 + size and size < UNKNOWN_SIZE)
        start += 8 + size + size % 2
    return False


def without_serial(ogg: bytes) -> bytes:
    """The Ogg file with stream number 0 on every page, which libsndfile draws at random.

    Source: RFC 3533, section 6: the checksum is a CRC-32 of polynomial 0x04c11db7, not reflected.
    """
    pages = bytearray(ogg)
    start = 0
    while start < len(pages):
        n_segments = pages[start + OGG_SEGMENTS]
        body = start + OGG_HEADER + n_segments
        end = body + sum(pages[start + OGG_HEADER : body])
        pages[start + OGG_SERIAL : start + OGG_SERIAL + 4] = bytes(4)
        pages[start + OGG_CHECKSUM : start + OGG_CHECKSUM + 4] = bytes(4)
        checksum = struct.pack("<I", _ogg_crc(bytes(pages[start:end])))
        pages[start + OGG_CHECKSUM : start + OGG_CHECKSUM + 4] = checksum
        start = end
    return bytes(pages)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes, start: int) -> Iterator[Chunk]:
    """The chunks from `start` on; one that claims more bytes than there are is cut."""
    while start + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, start + 4)
        yield Chunk(data[start : start + 4], data[start + 8 : start + 8 + size])
        start += 8 + size + size % 2


def _ogg_crc(data: bytes) -> int:
    """The checksum of a page, from zlib's reflected one of the reversed bits; both complements undone."""
    reflected = zlib.crc32(data.translate(_BITS_REVERSED), CRC_MASK) ^ CRC_MASK
    return int(f"{reflected:032b}"[::-1], 2)
