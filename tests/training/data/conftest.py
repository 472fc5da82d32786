"""What reads folders needs no TensorFlow, so these tests do not wait for it."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture(autouse=True)
def _in_the_workspace(workspace, monkeypatch):
    monkeypatch.chdir(workspace)


@pytest.fixture(autouse=True)
def _eagerly():
    """Nothing is trained here."""


@pytest.fixture
def folder(tmp_path):
    """Where a test puts its recordings."""
    return tmp_path / "recordings"


@pytest.fixture
def open_folder():
    """A folder that every user can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def as_nobody():
    """Takes the rights of root away, to whom no folder is closed."""

    @contextlib.contextmanager
    def without_rights():
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return without_rights
