"""Servers to compare, each as a command, with the same number of processes."""

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import httpx

ROOT = Path(__file__).parents[2]
THIN = "benchmarks.serving.thin:app"
STARTED_WITHIN_S, ENDED_WITHIN_S = 90.0, 20.0


class Contender(NamedTuple):
    """A server that answers POST /generate, and GET /sample where it has it."""

    name: str
    command: Sequence[str]  # {port} and {workers} are filled in
    directory: Path = ROOT
    environment: Mapping[str, str] = MappingProxyType({})
    samples: bool = True  # whether it has GET /sample


def contenders(
    base: Path | None, base_python: str, bench_python: str, training_python: str
) -> list[Contender]:
    """This checkout, another one, and thin services.

    Args:
        base: a checkout of an older version, which is its name here.
        base_python: the interpreter that has what it needs.
        bench_python: an interpreter with granian, litserve and bentoml.
        training_python: an interpreter with Keras and librosa.
    """
    thin = [bench_python, "-m"]
    port = ["--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    bento = [bench_python, "-m", "bentoml", "serve", "benchmarks.serving.bento:Sounds", "--port", "{port}"]
    served = {
        "TONESPACE_PORT": "{port}",
        "TONESPACE_WORKERS": "{workers}",
        "TONESPACE_CONCURRENCY": "{workers}",
    }
    all_of_them = [
        Contender("tonespace", [sys.executable, "-m", "service"], environment=served),
        Contender("uvicorn", [*thin, "uvicorn", THIN, *port, *quiet]),
        Contender("granian", [*thin, "granian", "--interface", "asgi", *port, "--no-access-log", THIN]),
        Contender("litserve", [*thin, "benchmarks.serving.lit", "{port}", "{workers}"], samples=False),
        Contender("bentoml", bento, environment={"BENCH_WORKERS": "{workers}"}, samples=False),
        Contender(
            "tutorial", [training_python, "-m", "uvicorn", "benchmarks.serving.tutorial:app", *port, *quiet],
            samples=False,
        ),
    ]  # fmt: skip
    if base:
        version = tomllib.loads((base / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        all_of_them.insert(1, Contender(version, [base_python, "-m", "service"], base, served))
    return all_of_them


@contextmanager
def running(contender: Contender, n_workers: int) -> Iterator[tuple[str, int]]:
    """The address and the process id of a contender, which is ready, and ends with its whole group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    fill = {"port": port, "workers": n_workers}
    environment = {name: value.format(**fill) for name, value in contender.environment.items()}
    process = subprocess.Popen(
        [part.format(**fill) for part in contender.command],
        cwd=contender.directory,
        env=os.environ | environment | {"PYTHONPATH": str(contender.directory), "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(contender, address, process)
        yield address, process.pid
    finally:
        process.terminate()
        try:
            process.wait(ENDED_WITHIN_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait(contender: Contender, address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, f"{contender.name} has ended"
        try:
            if (
                httpx.post(f"{address}/generate", json={"z": [0.0] * 256}, timeout=10).status_code
                == httpx.codes.OK
            ):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{contender.name} does not answer")
