"""What reads folders needs no TensorFlow, so these tests do not wait for it."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _in_the_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)


@pytest.fixture(autouse=True)
def _eagerly() -> None:
    """Nothing is trained here."""
