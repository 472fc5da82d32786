"""The notebook runs from beginning to end in a clean clone, and is stored without its outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks/tour.ipynb"
DEADLINE_S = 300  # of a cell, on a busy machine


@pytest.fixture(scope="module")
def outputs():
    """Everything the cells said, in order."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=DEADLINE_S, kernel_name="python3", resources={"metadata": {"path": NOTEBOOK.parent}}
    )
    client.execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_the_notebook_runs_and_plays_every_stage(outputs):
    players = [o for o in outputs if "<audio" in str(o.get("data", {}))]
    pictures = [o for o in outputs if "image/png" in (o.get("data") or {})]
    assert len(players) == 8
    assert len(pictures) == 3


def test_the_notebook_is_stored_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []
