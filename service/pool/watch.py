"""A models directory that changes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from audio.manifest import MANIFEST_FILE

LOOK_EVERY_S = 1.0

Stamps = dict[Path, tuple[int, int]]  # of each manifest: size and time of change


async def changes(directory: Path) -> AsyncIterator[None]:
    """Yields each time manifests below the directory have changed, and then not for LOOK_EVERY_S.

    A manifest is the last file of a model that is written.
    """
    seen = reported = await asyncio.to_thread(_stamps, directory)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        now = await asyncio.to_thread(_stamps, directory)
        if now == seen != reported:
            reported = now
            yield
        seen = now


def _stamps(directory: Path) -> Stamps:
    stamps: Stamps = {}
    for manifest in directory.glob(f"*/*/{MANIFEST_FILE}"):
        try:
            status = manifest.stat()
        except OSError:  # it goes away while it is looked at
            continue
        stamps[manifest] = (status.st_size, status.st_mtime_ns)
    return stamps
