"""The arrows between the packages, and what the service may load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Not tools of serving, or (PIL) not of its start.
NEVER_LOADED_BY_THE_SERVICE = [
    "PIL",
    "keras",
    "librosa",
    "matplotlib",
    "onnx",
    "scipy",
    "tensorflow",
    "tf2onnx",
    "training",
]

IMPORT_ALL_AND_LIST = """
import importlib, json, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if not module.name.endswith((".__main__", ".cluster.generation")):  # the latter needs Ray
            importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_after_importing(*packages):
    return modules_after(IMPORT_ALL_AND_LIST, *packages)


def modules_after(program, *arguments):
    command = [sys.executable, "-c", program, *arguments]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout))


@pytest.fixture(scope="module")
def loaded_by_the_service():
    return modules_after_importing("service")


@pytest.mark.parametrize("module", NEVER_LOADED_BY_THE_SERVICE)
def test_the_service_does_not_load(module, loaded_by_the_service):
    assert module not in loaded_by_the_service


def test_the_service_is_what_was_looked_at(loaded_by_the_service):
    assert {"service.app", "audio.spectrogram", "onnxruntime", "fastapi"} <= loaded_by_the_service


def test_the_front_process_loads_nothing_that_computes_sound():
    loaded = modules_after("import json, sys, service.app, service.server; print(json.dumps([*sys.modules]))")
    assert not {"numpy", "onnxruntime", "soundfile", "soxr"} & loaded
    assert "service.http.routes" in loaded


def test_a_worker_process_loads_nothing_that_serves_http():
    loaded = modules_after("import json, sys, service.worker.__main__; print(json.dumps([*sys.modules]))")
    assert not {"asyncio", "fastapi", "pydantic_settings", "starlette", "uvicorn"} & loaded
    assert "service.worker.loop" in loaded


def test_loading_the_service_keeps_onnx_runtime_from_reporting_its_use():
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    command = [sys.executable, "-c", "import os, service; print(os.environ['ORT_DISABLE_TELEMETRY'])"]
    finished = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.stdout.strip() == "1", finished.stderr


def test_audio_loads_neither_the_service_nor_the_training():
    assert not {"service", "training", "fastapi", "onnxruntime"} & modules_after_importing("audio")


def test_the_arrows_between_the_packages_are_kept():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    finished = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "0 broken" in finished.stdout
