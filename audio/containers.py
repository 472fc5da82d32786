"""What libsndfile does not write into an audio file: a WAV's INFO and smpl chunks, an Ogg stream's number.

Both make a file depend on its sound and its comment alone: the time of writing that a float WAV
carries is left out, and so is the random number that every Ogg page repeats.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

INFO_SOFTWARE, INFO_COMMENT = b"ISFT", b"ICMT"
PEAK = b"PEAK"  # libsndfile's, with the time of writing
OGG_FLAGS, OGG_SERIAL, OGG_CHECKSUM, OGG_SEGMENTS, OGG_HEADER = 5, 14, 22, 26, 27  # offsets in a page
OGG_FIRST, OGG_LAST = 2, 4  # flags of a stream's first and last page
CRC_MASK = 0xFFFFFFFF

_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Chunk(NamedTuple):
    """One chunk of a RIFF file."""

    name: bytes  # four letters
    body: bytes


class Page(NamedTuple):
    """One page of an Ogg file."""

    start: int  # byte offsets in the file
    body: int
    end: int  # as the page promises; beyond the end of a file that is cut off
    flags: int


def with_info(wav: bytes, software: str, comment: str) -> bytes:
    """The WAV with a LIST/INFO chunk before its samples, and without the time of writing.

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


def with_sampler(wav: bytes, sample_rate: int, key: int, loop: tuple[int, int] | None) -> bytes:
    """The WAV with a smpl chunk after its samples, which samplers read.

    Args:
        wav: a whole file whose sizes are right.
        sample_rate: Hz.
        key: the MIDI note that plays the samples as they are.
        loop: the first sample of a forward loop, and the sample after its last one.

    Source: Multimedia Data Standards Update 3.0, IBM and Microsoft 1994, "Sampler Chunk".
    """
    loops = struct.pack("<6I", 0, 0, loop[0], loop[1] - 1, 0, 0) if loop else b""
    head = struct.pack("<9I", 0, 0, round(1e9 / sample_rate), key, 0, 0, 0, len(loops) // 24, 0)
    return _chunk(b"RIFF", wav[8:] + _chunk(b"smpl", head + loops))


def without_serial(ogg: bytes) -> bytes:
    """The Ogg file with stream number 0 on every page; libsndfile writes a random one."""
    return b"".join(with_serial_zero(ogg[page.start : page.end]) for page in ogg_pages(ogg))


def with_serial_zero(page: bytes) -> bytes:
    """The Ogg page with stream number 0."""
    return with_checksum(page[:OGG_SERIAL] + bytes(4) + page[OGG_SERIAL + 4 :])


def ogg_pages(ogg: bytes) -> Iterator[Page]:
    """The pages in order, up to the first bytes that are no page.

    Source: RFC 3533, section 6.
    """
    start = 0
    while ogg[start : start + 4] == b"OggS" and start + OGG_HEADER <= len(ogg):
        body = start + OGG_HEADER + ogg[start + OGG_SEGMENTS]
        end = body + sum(ogg[start + OGG_HEADER : body])
        yield Page(start, body, end, ogg[start + OGG_FLAGS])
        start = end


def with_checksum(page: bytes) -> bytes:
    """The Ogg page with the checksum that its other bytes have.

    Source: RFC 3533, section 6: a CRC-32 of polynomial 0x04c11db7, not reflected.
    """
    before, after = page[:OGG_CHECKSUM], page[OGG_CHECKSUM + 4 :]
    return before + struct.pack("<I", _ogg_crc(before + bytes(4) + after)) + after


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes, start: int) -> Iterator[Chunk]:
    while start + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, start + 4)
        yield Chunk(data[start : start + 4], data[start + 8 : start + 8 + size])
        start += 8 + size + size % 2


def _ogg_crc(data: bytes) -> int:
    """The checksum of a page, from zlib's reflected one of the reversed bits; both complements undone."""
    reflected = zlib.crc32(data.translate(_BITS_REVERSED), CRC_MASK) ^ CRC_MASK
    return int(f"{reflected:032b}"[::-1], 2)
