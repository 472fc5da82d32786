"""The process that opens the models has a folder of its own for temporary files."""

import signal
import tempfile
from pathlib import Path

import pytest

from service.pool.opener import start_opener
from service.settings import Settings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="only Linux says what a process was given"
)
def test_files_that_a_killed_process_has_left_are_removed(folder):
    opener = start_opener(Settings())
    (own,) = folder.iterdir()
    assert f"TMPDIR={own}".encode() in Path(f"/proc/{opener.process.pid}/environ").read_bytes().split(b"\0")
    (own / "left").mkdir()
    (own / "left" / "kernels").write_bytes(b"0")
    opener.process.send_signal(signal.SIGKILL)
    opener.wait()
    assert list(folder.iterdir()) == []
    opener.control.close()


def test_without_a_folder_for_temporary_files_the_process_starts_and_ends(folder):
    folder.rmdir()
    opener = start_opener(Settings())
    assert opener.process.poll() is None
    opener.control.close()
    opener.wait()
    assert opener.process.returncode == 0
