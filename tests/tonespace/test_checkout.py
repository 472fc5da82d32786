"""serve and the verbs of the training, as processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tonespace.cli import checkout, run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 20.0
DEADLINE_S = 60.0


def started(*arguments, cwd):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TONESPACE_")}
    command = [sys.executable, "-m", "tonespace", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_serve_serves_until_it_is_told_to_stop(models_dir, tmp_path):
    port = free_port()
    process = started("serve", "--port", port, "--models", models_dir, "-m", "voices@1", cwd=tmp_path)
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    assert httpx.get(f"{url}/sample").headers["tonespace-model"] == "voices@1"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0


def test_the_models_of_the_checkout_are_found_from_anywhere(tmp_path):
    listed, errors = started("models", "--local", cwd=tmp_path).communicate(timeout=DEADLINE_S)
    assert "digits-vae@" in listed, errors


def test_sounds_are_synthesised_and_looked_at_by_the_training(tmp_path):
    made = started("sounds", "few", "--each", "2", cwd=tmp_path)
    assert "few: 12 sounds" in made.communicate(timeout=DEADLINE_S)[1]
    assert len(list((tmp_path / "few").glob("*/*.wav"))) == 12
    refused = started("sounds", ".", cwd=tmp_path)
    assert "holds few, which is not of this set" in refused.communicate(timeout=DEADLINE_S)[1]
    assert refused.returncode == 1


def test_what_training_says_and_its_exit_status_are_passed_on(tmp_path):
    process = started("prepare", "--config", "nowhere.toml", cwd=tmp_path)
    message = process.communicate(timeout=DEADLINE_S)[1]
    assert message == "training: nowhere.toml: cannot be read: No such file or directory\n"
    assert process.returncode == 1


def test_help_of_a_verb_of_training_is_its_own(tmp_path):
    assert "--config CONFIG" in started("prepare", "--help", cwd=tmp_path).communicate(timeout=DEADLINE_S)[0]


@pytest.mark.parametrize(
    ("verb", "environment", "command"),
    [
        ("train", "training", "make train CONFIG=my.toml"),
        ("adapt", "adapt", "make adapt CLIPS=my-clips LABEL=speaker:me"),
    ],
)
def test_without_keras_the_command_that_installs_it_is_named(
    refused, monkeypatch, tmp_path, verb, environment, command
):
    monkeypatch.setattr(checkout, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(checkout, "KERAS", "keras_that_is_not_there")
    assert refused(verb, "--clips", "x") == (
        f"The {environment} environment is not installed here: "
        f"run `{command}` in {ROOT}, which installs it first."
    )


@pytest.mark.parametrize(
    ("verb", "installed", "used"),
    [
        ("adapt", ["adapt", "training"], "adapt"),
        ("adapt", ["training"], "training"),
        ("train", ["training"], "training"),
    ],
)
def test_a_verb_runs_in_the_smallest_environment_that_is_there(monkeypatch, tmp_path, verb, installed, used):
    for name in installed:
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").touch()
    monkeypatch.setattr(checkout, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(checkout, "KERAS", "keras_that_is_not_there")
    commands = []
    monkeypatch.setattr(os, "execve", lambda *command: commands.append(command[0]))
    run([verb, "--clips", "x"])
    assert commands == [tmp_path / used / "bin" / "python"]


@pytest.mark.parametrize("named", [None, "elsewhere"])
def test_adapt_has_a_config_and_the_models_unless_others_are_named(monkeypatch, tmp_path, named):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TONESPACE_MODELS_DIR", raising=False)
    if named:
        monkeypatch.setenv("TONESPACE_MODELS_DIR", named)
    commands = []
    monkeypatch.setattr(checkout, "KERAS", "json")
    monkeypatch.setattr(os, "execve", lambda *command: commands.append(command[1]))
    run(["adapt", "--clips", "my clips", "--label", "speaker:me", "--models", "here"])
    assert commands[0][2:] == [
        *("-m", "training", "adapt"),
        *("--config", str(ROOT / "training/configs/digits-vae.toml")),
        *("--models", named or str(ROOT / "models")),
        *("--clips", "my clips", "--label", "speaker:me", "--models", "here"),
    ]
