"""The service keeps its own contract: schemathesis sends what openapi.json allows, and what it forbids.

`make conformance` runs this for longer. One check is left out: whether a body that fits the document is
accepted depends on the model (labels, number of coordinates).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.processes import Service

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[2]
N_EXAMPLES = os.environ.get("CONFORMANCE_EXAMPLES", "3")  # of each operation and phase
LONGEST_S = 3600
PHASES = ("Examples", "Coverage", "Fuzzing", "Stateful")


@pytest.fixture(scope="module")
def service():
    """The service with the committed models, whose names the examples of the document have."""
    running = Service(ROOT / "models", default_model="digits-vae", drain_s=0, log_level="warning")
    running.wait_until_ready()
    yield running
    assert "Traceback" not in running.stop()


def test_schemathesis_finds_nothing_in_any_phase(service, tmp_path):
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "schemathesis.cli",
        "run",
        str(ROOT / "openapi" / "openapi.json"),
    ]
    options = ["--url", service.url, "--exclude-checks", "positive_data_acceptance"]
    options += ["--phases", ",".join(PHASES).lower(), "--max-examples", N_EXAMPLES, "--continue-on-failure"]
    run = subprocess.run(
        [*command, *options, "--no-color"], cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST_S
    )
    print(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    summary = run.stdout.partition("Test Phases:")[2]
    for phase in PHASES:
        assert f"✅ {phase}" in summary, run.stdout
