"""Figures 23 and 56: what a step of training costs, on every Keras backend that is installed."""

import importlib.util
import json
import logging
import os
import subprocess
import sys

from training.errors import RunError
from training.replication import mnist
from training.replication.results import Figures, Settings
from training.replication.workshop import Workshop

log = logging.getLogger(__name__)

BACKENDS = ("tensorflow", "torch", "jax")
SMALL, LARGE = (28, 28, 1), (690, 545, 3)
# Threads of a backend wait for each other by spinning: on busy processors two are slower than one.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
CASES = {  # shape, batch size, steps that are timed
    "28 x 28, batch 32": (SMALL, 32, 20),
    "28 x 28, batch 10": (SMALL, 10, 40),
    "690 x 545, batch 1": (LARGE, 1, 1),
}


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on: the backends that are here."""
    del workshop
    return {"backends": installed(), "cases": list(CASES), "n_threads": 1}


def run(workshop: Workshop) -> Figures:
    """Times every case on every backend."""
    rows = []
    for backend in installed():
        for case, (shape, batch_size, n_steps) in CASES.items():
            log.info("timing %s on %s", case, backend)
            rows.append({"case": case} | measured(backend, shape, batch_size, n_steps))
    return {
        "steps": rows,
        "parameters": {
            "28 x 28": mnist.parameters(workshop.config, SMALL),
            "690 x 545": mnist.parameters(workshop.config, LARGE),
        },
    }


def installed() -> list[str]:
    """The Keras backends of this environment."""
    return [name for name in BACKENDS if importlib.util.find_spec(name) is not None]


def measured(backend: str, shape: tuple[int, int, int], batch_size: int, n_steps: int) -> Figures:
    """What `step_cost` says of one case.

    Raises:
        RunError: it could not be timed.
    """
    command = [sys.executable, "-m", "training.replication.step_cost", "--shape", *map(str, shape)]
    command += ["--batch-size", str(batch_size), "--steps", str(n_steps)]
    environment = os.environ | ONE_THREAD | {"KERAS_BACKEND": backend}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        told = (finished.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RunError(f"a step of {shape[0]} x {shape[1]} on {backend} cannot be timed: {told}")
    figures: Figures = json.loads(finished.stdout.splitlines()[-1])
    return figures
