"""The sounds that the bytes of a file hold, whatever its header promises.

Headers are written before the sound and are wrong where a recorder was stopped, a download broke off or
files were joined. Each part is made such that a decoder reads all of it, and what is missing is reported.
"""

import itertools
import math
import re
import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

from audio.containers import (
    OGG_FIRST,
    OGG_FLAGS,
    OGG_HEADER,
    OGG_LAST,
    OGG_SEGMENTS,
    ogg_pages,
    with_checksum,
)
from audio.errors import UnreadableAudioError

UNKNOWN_SIZE = 0x7F000000  # this and more is what programs write that cannot know how much will follow
RIFF_CHUNKS = frozenset(
    b"fmt |data|LIST|fact|PEAK|bext|iXML|cue |smpl|inst|plst|JUNK|junk|FLLR|PAD |ID3 |id3 |acid|cart".split(
        b"|"
    )
)
FMT, EXTENSIBLE = struct.Struct("<HH8xHH"), 0xFFFE  # code, channels, bytes of a frame, bits of a sample
MAX_CHUNKS = 1000  # before the data of a WAV; no program writes as many
MAX_PARTS = 64  # of one file; what follows is left out
ID3_HEADER = 10  # bytes
MAX_GARBAGE = 4096  # bytes before an MP3
# The first frame of an MP3 that counts its frames: sync and header, side information, then a name.
COUNTED_MP3 = re.compile(rb"\xff[\xe2-\xff][\x10-\xef].(?:.{9}|.{17}|.{32})(?:Xing|Info)", re.DOTALL)
MPEG_SYNC = re.compile(rb"\xff[\xe2-\xef\xf2-\xff]")  # layer 1 to 3; AAC has layer 0


class Part(NamedTuple):
    """One sound of a file, as bytes that a decoder reads."""

    data: bytes
    complete: bool = True  # whether the bytes are there that its header promises
    counted: bool = True  # whether its header says how long it is, as libsndfile needs it to


def parts_of(data: bytes) -> list[Part]:
    """The sounds in the bytes of a file; one, unless files were joined.

    Raises:
        UnreadableAudioError: its header contradicts itself.
    """
    sound = data[_id3_bytes(data) :]
    for magic, split in _SPLITTERS.items():
        if sound.startswith(magic):
            parts = split(sound)
            break
    else:
        parts = _mpeg_parts(data)
    if len(parts) > MAX_PARTS:
        parts = [*parts[: MAX_PARTS - 1], parts[MAX_PARTS - 1]._replace(complete=False)]
    return parts


def _wav_parts(wav: bytes) -> list[Part]:
    """The WAV with the pad bytes that its chunks lack, and with a size where its data has none."""
    at, unpadded = 12, list[int]()
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(wav):
            break
        (size,) = struct.unpack_from("<I", wav, at + 4)
        end = at + 8 + size
        if wav[at : at + 4] == b"fmt ":
            _check_format(wav[at + 8 : end])
        if wav[at : at + 4] == b"data":
            return [_wav_part(wav, unpadded, at, size)]
        if size % 2 and wav[end : end + 4] in RIFF_CHUNKS and wav[end + 1 : end + 5] not in RIFF_CHUNKS:
            unpadded.append(end)
            at = end
        else:
            at = end + size % 2
    return [Part(wav)]


def _check_format(fmt: bytes) -> None:
    """Raise unless it is clear in how many bytes each sample is; libsndfile would read noise."""
    if len(fmt) < FMT.size:
        return
    code, channels, frame_bytes, bits = FMT.unpack_from(fmt)
    if code == EXTENSIBLE and bits == 24 and frame_bytes == 4 * channels:
        raise UnreadableAudioError("its header says both 3 and 4 bytes for each sample")


def _wav_part(wav: bytes, unpadded: list[int], data: int, size: int) -> Part:
    """The WAV whose chunk `data` claims so many bytes, with a pad byte inserted at each of `unpadded`."""
    n_here = len(wav) - data - 8
    complete = size <= n_here or size >= UNKNOWN_SIZE
    if size == 0 and n_here > 0 and wav[data + 8 : data + 12] not in RIFF_CHUNKS:
        wav = wav[: data + 4] + struct.pack("<I", n_here) + wav[data + 8 :]
    cuts = [0, *unpadded, len(wav)]
    return Part(b"\0".join(wav[a:b] for a, b in itertools.pairwise(cuts)), complete)


def _rf64_parts(rf64: bytes) -> list[Part]:
    """The RF64 or BW64, its successor of the same chunks, as RF64."""
    return _sized(20, "<Q", 8)(b"RF64" + rf64[4:])


def _ogg_parts(ogg: bytes) -> list[Part]:
    """The links of a chained Ogg file, each as a file; the last page of a file that is cut is closed."""
    links: list[Part] = []
    start, flags, pages = 0, OGG_FIRST, list(ogg_pages(ogg))
    for page in pages:
        if page.flags & OGG_FIRST and not flags & OGG_FIRST:
            links.append(Part(ogg[start : page.start], bool(flags & OGG_LAST)))
            start = page.start
        flags = page.flags
    if pages and pages[-1].end > len(ogg):
        closed = _closed(ogg[pages[-1].start :])
        return [*links, Part(ogg[start : pages[-1].start] + closed, complete=False)]
    return [*links, Part(ogg[start:], bool(flags & OGG_LAST))]


def _closed(page: bytes) -> bytes:
    """An Ogg page with the packets that are whole in it; nothing where none is."""
    sizes = page[OGG_HEADER : OGG_HEADER + page[OGG_SEGMENTS]]
    body = OGG_HEADER + len(sizes)
    n_kept, end = 0, body  # segments and bytes of whole packets
    reached = body
    for i, size in enumerate(sizes):
        reached += size
        if reached > len(page):
            break
        if size < 255:  # a packet ends here
            n_kept, end = i + 1, reached
    if n_kept == 0:
        return b""
    flags = bytes([page[OGG_FLAGS] & ~OGG_LAST])
    header = page[:OGG_FLAGS] + flags + page[OGG_FLAGS + 1 : OGG_SEGMENTS] + bytes([n_kept])
    return with_checksum(header + sizes[:n_kept] + page[body:end])


def _mpeg_parts(data: bytes) -> list[Part]:
    """The MP3 files in a row, cut where a frame counts those that follow; any other file as it is."""
    start = _id3_bytes(data)
    counted = [match.start() for match in COUNTED_MP3.finditer(data)]
    is_mpeg = MPEG_SYNC.match(data, start) is not None
    if not counted or not (is_mpeg or counted[0] - start < MAX_GARBAGE):
        return [Part(data, counted=not is_mpeg and start == 0)]
    uncounted = [Part(data[start : counted[0]], counted=False)] if is_mpeg and counted[0] > start else []
    return uncounted + [Part(data[a:b]) for a, b in zip(counted, [*counted[1:], len(data)], strict=True)]


def _id3_bytes(data: bytes) -> int:
    """How long the ID3v2 tag in front is.

    Source: id3.org, ID3v2.4.0, section 3.1: seven bits a byte, without the header.
    """
    if not data.startswith(b"ID3") or len(data) < ID3_HEADER:
        return 0
    a, b, c, d = data[6:ID3_HEADER]
    return ID3_HEADER + (a << 21 | b << 14 | c << 7 | d)


def _sized(offset: int, code: str, beside: int) -> Callable[[bytes], list[Part]]:
    """A format whose header says at `offset` how many bytes there are, but for `beside` of them."""

    def split(data: bytes) -> list[Part]:
        if len(data) < offset + struct.calcsize(code):
            return [Part(data)]
        (size,) = struct.unpack_from(code, data, offset)
        return [Part(data, size + beside <= len(data) or size == 2 ** (8 * struct.calcsize(code)) - 1)]

    return split


def _nist_parts(nist: bytes) -> list[Part]:
    """The NIST SPHERE file, whose header is 1024 bytes of text."""
    counts = re.findall(rb"^(?:sample_count|sample_n_bytes|channel_count) -\w+ (\d{1,9})$", nist[:1024], re.M)
    return [Part(nist, 1024 + math.prod(int(count) for count in counts) <= len(nist))]


def _caf_parts(caf: bytes) -> list[Part]:
    """The CAF; one that was streamed says that the size of its data is -1."""
    at = 8
    while at + 12 <= len(caf):
        (size,) = struct.unpack_from(">q", caf, at + 4)
        if size < 0:
            break
        at += 12 + size
    return [Part(caf, at <= len(caf))]


_SPLITTERS: Mapping[bytes, Callable[[bytes], list[Part]]] = {
    b"RIFF": _wav_parts,
    b"OggS": _ogg_parts,
    b"FORM": _sized(4, ">I", 8),  # AIFF, AIFC
    b"RF64": _rf64_parts,
    b"BW64": _rf64_parts,
    b"riff": _sized(16, "<Q", 0),  # W64
    b".snd": _sized(8, ">I", 24),  # AU
    b"caff": _caf_parts,
    b"NIST_1A": _nist_parts,
    b"fLaC": lambda flac: [Part(flac)],
}
