"""MP4 files that ask a reader for more memory than they could fill.

FFmpeg allocates an entry for each frame that a table of an MP4 counts, before it reads any of them: 12 kB
of file can ask for gigabytes. A frame takes at least a byte, so no honest file counts more frames than it
has bytes.
"""

import re
from collections.abc import Iterator

# A table of frames: its name, what stands before the count, the count.
TABLE = re.compile(rb"(?:stsz|stz2).{8}(.{4})|trun.{4}(.{4})", re.DOTALL)
COMPRESSED_HEADER = b"cmov"  # of QuickTime before 2000; what it inflates to has no limit


def without_impossible_tables(mp4: bytes) -> bytes:
    """The MP4 with a count of 0 in each table that counts more frames than are left to count."""
    changed = bytearray(mp4.replace(COMPRESSED_HEADER, b"free"))
    for start in _impossible(mp4):
        changed[start : start + 4] = bytes(4)
    return bytes(changed)


def _impossible(mp4: bytes) -> Iterator[int]:
    """Where the counts are that the file cannot hold, as byte offsets."""
    left = len(mp4)
    for table in TABLE.finditer(mp4):
        group = table.lastindex or 1
        n_frames = int.from_bytes(table[group], "big")
        if n_frames > left:
            yield table.start(group)
        else:
            left -= n_frames
