"""Archives that are sent while they are made: a ZIP, and a compressed tar; the same files, the same bytes."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import AsyncIterator
from typing import NamedTuple

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest there is
GZIP_LEVEL = 1  # sound shrinks little, and the front process serves others too
READABLE = 0o644


class ArchiveFile(NamedTuple):
    """A file of an archive."""

    name: str
    content: bytes


class _Sink(io.RawIOBase):
    """What is written and not yet sent."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile gives it bytes, not any buffer
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last call."""
        data = bytes(self._written)
        self._written.clear()
        return data


async def zipped(files: AsyncIterator[ArchiveFile]) -> AsyncIterator[bytes]:
    """A ZIP of the files, not compressed, in parts of a file each."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        async for file in files:
            archive.writestr(zipfile.ZipInfo(file.name, ZIP_TIME), file.content)
            yield sink.taken()
    yield sink.taken()


async def tarred(files: AsyncIterator[ArchiveFile]) -> AsyncIterator[bytes]:
    """A compressed tar of the files, in parts of about a file each."""
    sink = _Sink()
    with (
        gzip.GzipFile("", "wb", GZIP_LEVEL, sink, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        async for file in files:
            entry = tarfile.TarInfo(file.name)
            entry.size, entry.mode = len(file.content), READABLE
            archive.addfile(entry, io.BytesIO(file.content))
            yield sink.taken()
    yield sink.taken()
