"""Recordings out of an archive on the web, where there is no folder of them."""

import http.client
import io
import os
import shutil
import urllib.request
import zipfile
import zlib
from pathlib import PurePosixPath

from audio.formats import EXTENSIONS
from training.config_data import DataConfig
from training.errors import RecordingsError

MAX_ARCHIVE_BYTES = 2 << 30
FETCH_TIMEOUT_S = 60

# No such address or host, a cut answer, no ZIP, a damaged, encrypted or unknown member.
BROKEN_ARCHIVE = (
    OSError,
    ValueError,
    RuntimeError,
    http.client.HTTPException,
    zipfile.BadZipFile,
    zlib.error,
)


def fetch(data: DataConfig) -> None:
    """Unpack the recordings of the archive into the configured folder, all of them or none.

    Raises:
        RecordingsError: no archive is named, or it cannot be fetched or unpacked.
    """
    if data.archive_url is None:
        raise RecordingsError(f"{data.recordings} is no folder, and data.archive_url names no archive")
    try:
        with urllib.request.urlopen(data.archive_url, timeout=FETCH_TIMEOUT_S) as answer:
            content = answer.read(MAX_ARCHIVE_BYTES + 1)
        if len(content) > MAX_ARCHIVE_BYTES:
            raise RecordingsError(f"{data.archive_url} is larger than {MAX_ARCHIVE_BYTES} bytes")
        _unpack(data, zipfile.ZipFile(io.BytesIO(content)))
    except BROKEN_ARCHIVE as error:
        raise RecordingsError(
            f"{data.recordings} is no folder, and {data.archive_url} cannot be fetched: {error}. "
            "Name a local copy with --set data.recordings=FOLDER."
        ) from error


def _unpack(data: DataConfig, archive: zipfile.ZipFile) -> None:
    members = [m for m in archive.infolist() if PurePosixPath(m.filename).suffix.lower() in EXTENSIONS]
    if not members:
        raise RecordingsError(f"{data.archive_url} holds no recordings")
    common = os.path.commonpath([PurePosixPath(m.filename).parent for m in members])
    temporary = data.recordings.with_name(data.recordings.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        for member in members:
            below = PurePosixPath(member.filename).relative_to(common)
            if ".." in below.parts:
                raise RecordingsError(f"{data.archive_url} holds the unsafe path {member.filename}")
            target = temporary / below
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(member))
        temporary.replace(data.recordings)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
