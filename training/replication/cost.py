"""Figures 23 and 56: what a step of training costs, on every Keras backend that is installed."""

import importlib.util
import json
import logging
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from training.errors import RunError
from training.replication import mnist
from training.replication.results import Figures, Settings
from training.replication.workshop import Workshop

log = logging.getLogger(__name__)

BACKENDS = ("tensorflow", "torch", "jax")
SMALL, LARGE = (28, 28, 1), (690, 545, 3)
# Threads of a backend wait for each other by spinning: on busy processors two are slower than one.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
CASES = {  # shape, batch size, steps that are timed
    "28 x 28, batch 32": (SMALL, 32, 20),
    "28 x 28, batch 10": (SMALL, 10, 40),
    "690 x 545, batch 1": (LARGE, 1, 3),
}
N_MNIST_STEPS = 313  # of an epoch
N_SPECTROGRAM_STEPS = 2500 * 80  # of all epochs of figures 29 to 40


def settings(workshop: Workshop) -> Settings:
    """What the figures depend on: the installed backends."""
    del workshop
    return {"backends": installed(), "cases": list(CASES), "n_threads": 1}


def run(workshop: Workshop) -> Figures:
    """Times every case on every backend, on the processor and, where the backend finds one, on a GPU."""
    small, large = (mnist.parameters(workshop.config, shape) for shape in (SMALL, LARGE))
    rows: list[Figures] = []
    for backend in installed():
        for hidden in (NO_GPU, {}):
            for case, (shape, batch_size, n_steps) in CASES.items():
                log.info("timing %s on %s", case, backend)
                row = {"case": case} | measured(backend, shape, batch_size, n_steps, hidden)
                if not hidden and row["device"] == "cpu":
                    break  # there is no GPU: it was timed above
                rows.append(row)
    return {
        "absent": [name for name in BACKENDS if name not in installed()],
        "mnist_epoch_s": _durations_s(rows, "28 x 28, batch 32", N_MNIST_STEPS),
        "spectrograms_s": _durations_s(rows, "28 x 28, batch 10", N_SPECTROGRAM_STEPS),
        "steps": rows,
        "larger": {
            "values": math.prod(LARGE) / math.prod(SMALL),
            "parameters": large["autoencoder"] / small["autoencoder"],
        },
        "parameters": {"28 x 28": small, "690 x 545": large},
    }


def _durations_s(rows: list[Figures], case: str, n_steps: int) -> dict[str, float]:
    """The time of so many steps of a case on each backend and device, seconds."""
    return {
        f"{row['backend']} ({row['device']})": row["processor_ms" if row["device"] == "cpu" else "step_ms"]
        * n_steps
        / 1000
        for row in rows
        if row["case"] == case
    }


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Child processes stay on one core, where the system allows it: jax ignores the variables."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def installed() -> list[str]:
    """The Keras backends of this environment."""
    return [name for name in BACKENDS if importlib.util.find_spec(name) is not None]


def measured(
    backend: str, shape: tuple[int, int, int], batch_size: int, n_steps: int, hidden: Mapping[str, str]
) -> Figures:
    """The figures of `step_cost` for one case, in an environment that may hide devices.

    Raises:
        RunError: it could not be timed.
    """
    command = [sys.executable, "-m", "training.replication.step_cost", "--shape", *map(str, shape)]
    command += ["--batch-size", str(batch_size), "--steps", str(n_steps)]
    environment = os.environ | ONE_THREAD | {"KERAS_BACKEND": backend} | dict(hidden)
    with _on_one_core():
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        reason = (finished.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RunError(f"a step of {shape[0]} x {shape[1]} on {backend} cannot be timed: {reason}")
    figures: Figures = json.loads(finished.stdout.splitlines()[-1])
    return figures
