"""What reads folders needs no TensorFlow, so these tests do not wait for it."""

import pytest


@pytest.fixture(autouse=True)
def _in_the_workspace(workspace, monkeypatch):
    monkeypatch.chdir(workspace)


@pytest.fixture(autouse=True)
def _eagerly():
    """Nothing is trained here."""
