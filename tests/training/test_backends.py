"""Every Keras backend that is installed trains the same code; TensorFlow exports what it learnt."""

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audio.model_directory import load_manifest

ROOT = Path(__file__).parents[2]
DEADLINE_S = 600  # of a process, on a busy machine


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_another_backend_trains_and_tensorflow_exports(backend, tiny_toml, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not in the locked environment: pip install {backend} to try this backend")
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, "-m", "training", "train", "--config", tiny_toml]
    command += ["--run", tmp_path / "run", "--models", tmp_path / "models"]
    finished = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f" on {backend}, devices: " in finished.stderr
    with (tmp_path / "run" / "history.csv").open(newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert load_manifest(tmp_path / "models" / "tiny" / "1").labels.keys() == {"digit", "speaker"}
