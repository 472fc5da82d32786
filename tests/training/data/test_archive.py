"""The recordings are fetched from an archive where their folder is missing."""

import functools
import http.server
import io
import threading
import zipfile

import pytest

from training.data.dataset import load_splits, prepare
from training.errors import RecordingsError


@pytest.fixture
def archive(tmp_path):
    """Serves bytes as a ZIP on a real port and gives its address."""
    served = tmp_path / "served"
    served.mkdir()
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(served))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def put(content):
        (served / "archive.zip").write_bytes(content)
        return f"http://127.0.0.1:{server.server_port}/archive.zip"

    yield put
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def zipped(recordings):
    """A ZIP of the recordings below a prefix, and a file that is no sound."""

    def pack(prefix):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("project-master/README.md", "read me")
            for path in sorted(recordings.glob("*.wav")):
                file.write(path, prefix + path.name)
        return buffer.getvalue()

    return pack


def test_the_archive_is_fetched_where_the_folder_is_missing(
    tiny,
    folder,
    archive,
    zipped,
    recordings,
):
    config = tiny(
        f"data.recordings={folder}", f"data.archive_url={archive(zipped('project-master/recordings/'))}"
    )
    splits = load_splits(config)
    assert sum(map(len, splits.values())) == 40
    fetched = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert fetched == {path.name: path.read_bytes() for path in recordings.iterdir()}


def test_a_folder_that_is_there_is_not_fetched(tiny):
    assert prepare(tiny("data.archive_url=http://127.0.0.1:9/nothing.zip")).exists()


def broken(content, what):
    """A ZIP that is cut, or one whose last recording was damaged on the way."""
    if what == "cut":
        return content[: len(content) // 2]
    damaged = bytearray(content)
    last = content.rindex(b"data", 0, content.rindex(b"PK\x01\x02"))
    damaged[last + 200] ^= 0xFF
    return bytes(damaged)


@pytest.mark.parametrize("what", ["cut", "damaged"])
def test_a_broken_archive_leaves_no_half_folder(what, tiny, folder, archive, zipped):
    url = archive(broken(zipped("project-master/recordings/"), what))
    with pytest.raises(RecordingsError, match=r"archive\.zip"):
        prepare(tiny(f"data.recordings={folder}", f"data.archive_url={url}"))
    assert sorted(p.name for p in folder.parent.iterdir()) == ["served"]


def test_an_archive_cannot_write_outside_the_folder(tiny, folder, archive, zipped):
    buffer = io.BytesIO(zipped("project-master/recordings/"))
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr("project-master/recordings/../../../escaped.wav", b"out")
    url = archive(buffer.getvalue())
    with pytest.raises(RecordingsError, match="unsafe path"):
        prepare(tiny(f"data.recordings={folder}", f"data.archive_url={url}"))
    assert sorted(p.name for p in folder.parent.iterdir()) == ["served"]


def test_an_archive_without_recordings_and_one_that_is_not_there_are_named(tiny, folder, archive):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("README.md", "read me")
    url = archive(buffer.getvalue())
    with pytest.raises(RecordingsError, match="holds no recordings"):
        prepare(tiny(f"data.recordings={folder}", f"data.archive_url={url}"))
    with pytest.raises(RecordingsError, match=r"cannot be fetched.*data\.recordings=FOLDER"):
        prepare(tiny(f"data.recordings={folder}", f"data.archive_url={url}.gone"))


def test_an_address_that_is_none_is_named(tiny, folder):
    with pytest.raises(RecordingsError, match="my archive"):
        prepare(tiny(f"data.recordings={folder}", "data.archive_url=my archive"))


def test_a_missing_folder_without_an_archive_is_named(tiny, folder):
    with pytest.raises(RecordingsError, match=r"recordings is no folder.*archive_url"):
        prepare(tiny(f"data.recordings={folder}"))
