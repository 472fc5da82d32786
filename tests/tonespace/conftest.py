"""The running service of tests/service, and the command line as people and pipes use it."""

import importlib.util
import io
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from tonespace.cli import run

_SPEC = importlib.util.spec_from_file_location(
    "of_service", Path(__file__).parents[1] / "service/conftest.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
_of_service = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_of_service)

models_dir, running = _of_service.models_dir, _of_service.running
clip, wav = _of_service.clip, _of_service.wav


class Finished(NamedTuple):
    """A command that has ended."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self):
        return self.stdout.decode()

    @property
    def records(self):
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def tonespace(running, models_dir, tmp_path, monkeypatch, capfdbinary):
    """Runs the command line in a new folder, the service's address in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONESPACE_SERVER", running)
    monkeypatch.setenv("TONESPACE_MODELS_DIR", str(models_dir))
    monkeypatch.setenv("TONESPACE_DEFAULT_MODEL", "voices")

    def call(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return Finished(status, out, err.decode())

    return call


@pytest.fixture
def refused(tonespace):
    """The one sentence of a command that fails."""

    def call(*arguments, status=1, stdin=b""):
        finished = tonespace(*arguments, stdin=stdin)
        assert (finished.status, finished.stdout) == (status, b""), finished
        (line,) = finished.stderr.splitlines()
        assert line.startswith("tonespace: ")
        return line.removeprefix("tonespace: ")

    return call


@pytest.fixture
def folder(tmp_path, wav):
    """Three clips, one of them below, a file that only looks like one, and one that is none."""
    root = tmp_path / "clips"
    (root / "deep").mkdir(parents=True)
    for name in ("a.wav", "b.wav", "deep/c.WAV"):
        (root / name).write_bytes(wav)
    (root / "bad.flac").write_bytes(b"not audio")
    (root / "notes.txt").write_text("not a clip")
    return root


@pytest.fixture
def listen_to():
    """Decodes a file and checks that it is a sound: one channel, the models' rate, alive."""

    def judge(data):
        waveform, sample_rate = soundfile.read(io.BytesIO(data))
        assert (waveform.ndim, sample_rate) == (1, 8000)
        assert 1e-3 < np.abs(waveform).max() <= 1.1  # lossy formats overshoot a little

    return judge
