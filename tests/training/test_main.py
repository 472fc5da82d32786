"""`python -m training` answers with sentences."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio.model_directory import load_latents, load_manifest
from training.__main__ import main
from training.measure import evaluate as evaluation
from training.measure import recogniser, sounds

ROOT = Path(__file__).parents[2]
Z_TOLERANCE = 1e-5  # absolute, between two exports of the same weights
DEADLINE_S = 300  # of a process, on a busy machine


def refused(capsys, *arguments):
    assert main([str(a) for a in arguments]) == 1
    message = capsys.readouterr().err
    assert message.startswith("training: ")
    assert "Traceback" not in message
    return message


def test_a_missing_config_is_a_sentence_and_not_a_traceback(tmp_path):
    command = [sys.executable, "-m", "training", "train", "--config", "nowhere.toml"]
    finished = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr == "training: nowhere.toml: cannot be read: No such file or directory\n"
    assert list(tmp_path.iterdir()) == []


def test_a_bad_override_is_a_sentence(tiny_toml, capsys):
    assert "fit.epochs" in refused(capsys, "train", "--config", tiny_toml, "--set", "fit.epochs=0")
    assert "dotted.key=value" in refused(capsys, "prepare", "--config", tiny_toml, "--set", "fast")


def test_a_missing_run_is_a_sentence(tmp_path, capsys):
    assert "holds no run" in refused(capsys, "export", "--run", tmp_path / "nowhere")


def test_a_missing_model_is_a_sentence(tiny_toml, tmp_path, capsys):
    arguments = ("evaluate", "--config", tiny_toml, "--models", tmp_path)
    assert "tiny holds no model" in refused(capsys, *arguments)
    assert "manifest.json" in refused(capsys, "card", "--model", tmp_path)


def test_missing_recordings_are_a_sentence(tiny_toml, tmp_path, capsys):
    override = f"data.recordings={tmp_path / 'nowhere'}"
    assert "nowhere is no folder" in refused(capsys, "train", "--config", tiny_toml, "--set", override)


def test_a_run_of_another_config_is_a_sentence(tiny_toml, exported, capsys):
    message = refused(capsys, "train", "--config", tiny_toml, "--set", "seed=99", "--run", exported.run)
    assert "another config" in message


def test_a_version_that_exists_is_a_sentence(exported, capsys):
    models = exported.directory.parents[1]
    message = refused(capsys, "export", "--run", exported.run, "--models", models, "--version", "1")
    assert "never changes" in message


def test_a_version_below_one_is_refused(exported, capsys):
    with pytest.raises(SystemExit) as raised:
        main(["export", "--run", str(exported.run), "--version", "0"])
    assert raised.value.code == 2
    assert "--version" in capsys.readouterr().err


def test_train_exports_what_it_trained(tiny_toml, exported, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the export runs in a process of its own
    run = shutil.copytree(exported.run, tmp_path / "run")
    arguments = ["train", "--config", tiny_toml, "--run", run, "--models", tmp_path / "models"]
    assert main([str(a) for a in arguments]) == 0
    directory = tmp_path / "models" / "tiny" / "1"
    expected = load_latents(exported.directory, load_manifest(exported.directory)).z_mean
    assert np.abs(load_latents(directory, load_manifest(directory)).z_mean - expected).max() < Z_TOLERANCE


def test_evaluate_measures_the_newest_version_or_the_one_that_is_named(
    tiny_toml,
    exported,
    tmp_path,
    monkeypatch,
    capsys,
):
    monkeypatch.setattr(recogniser, "N_STEPS", 1)
    monkeypatch.setattr(evaluation, "N_ROUNDS", 1)
    monkeypatch.setattr(sounds, "N_ROUNDS", 1)
    for version in ("9", "10"):
        shutil.copytree(exported.directory, tmp_path / "tiny" / version)
    assert main(["evaluate", "--config", str(tiny_toml), "--models", str(tmp_path)]) == 0
    assert "reconstruction.digit.accuracy" in capsys.readouterr().out
    metrics = {v: load_manifest(tmp_path / "tiny" / v).metrics for v in ("9", "10")}
    assert metrics["9"] == {}
    assert metrics["10"]["n_clips"] == 8
    named = ["--model", str(tmp_path / "tiny" / "9"), "--models", str(tmp_path)]
    assert main(["evaluate", "--config", str(tiny_toml), *named]) == 0
    assert load_manifest(tmp_path / "tiny" / "9").metrics == metrics["10"]


def test_prepare_says_how_many_clips_each_split_has(tiny_toml, caplog):
    with caplog.at_level("INFO", logger="training"):
        assert main(["prepare", "--config", str(tiny_toml)]) == 0
    assert "train 24, validation 8, test 8" in caplog.text


def test_card_is_written_anew_from_the_manifest(exported, tmp_path):
    model = shutil.copytree(exported.directory, tmp_path / "tiny")
    text = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    (model / "manifest.json").write_text(json.dumps(text | {"description": "Bells"}), encoding="utf-8")
    assert main(["card", "--model", str(model)]) == 0
    assert "Bells." in (model / "card.md").read_text(encoding="utf-8")
