"""A run that was killed, finished or changed goes on where it may, or is refused."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.fit.runs import PLAIN, history_of, largest_difference, run_of
from training.data.dataset import load_splits
from training.errors import RunError
from training.fit.run import load_run_config, open_run
from training.fit.train import _callbacks, fit, load_best

ROOT = Path(__file__).parents[3]
RESUME_TOLERANCE = (
    1e-3  # absolute; the process compiles with XLA, which adds in another order than eager steps
)
N_RESUMED_EPOCHS = 6
DEADLINE_S = 300  # of a process, on a busy machine


@contextlib.contextmanager
def training_process(*arguments):
    """`python -m training train`, killed at the end at the latest."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "COLUMNS": "200"}
    command = [sys.executable, "-m", "training", "train", "--no-export", *map(str, arguments)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(DEADLINE_S)
        assert process.stdout is not None
        process.stdout.close()


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tiny, tiny_toml, tmp_path):
    overrides = [
        *PLAIN,
        "fit.schedule=cosine",
        "fit.optimizer=adam",
        "fit.batch_size=12",
        f"fit.epochs={N_RESUMED_EPOCHS}",
    ]
    config, run = tiny(*overrides), tmp_path / "run"
    arguments: list[str | Path] = ["--config", tiny_toml, "--run", run]
    arguments += [part for override in overrides for part in ("--set", override)]
    said = []
    with training_process(*arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if f"epoch 1/{N_RESUMED_EPOCHS}  loss" in line:
                break
        process.kill()  # SIGKILL
    assert "epoch 1/" in said[-1], "".join(said)
    assert not (run / "done.json").exists()
    n_done = len(history_of(run)["epoch"])
    assert 1 <= n_done < N_RESUMED_EPOCHS

    resumed = run_of(config, run)

    epochs = history_of(run)["epoch"]
    assert epochs == list(range(N_RESUMED_EPOCHS))
    uninterrupted = run_of(config, tmp_path / "uninterrupted")
    assert largest_difference(resumed, uninterrupted) < RESUME_TOLERANCE
    expected, found = history_of(tmp_path / "uninterrupted"), history_of(run)
    assert found["val_loss"][-1] == pytest.approx(expected["val_loss"][-1], rel=RESUME_TOLERANCE)


def test_an_epoch_that_was_logged_but_not_saved_is_logged_once(tiny, tmp_path):
    config, run = tiny(*PLAIN, "fit.epochs=2"), tmp_path / "run"
    run_of(config, run)
    (run / "done.json").unlink()
    shutil.rmtree(run / "backup", ignore_errors=True)  # as if killed before the first backup was written
    run_of(config, run)
    assert history_of(run)["epoch"] == [0, 1]


def test_a_run_that_was_killed_within_its_first_backup_begins_again(tiny, tmp_path):
    config, run = tiny(*PLAIN, "fit.epochs=1"), tmp_path / "run"
    open_run(config, run, restart=False)
    (run / "backup").mkdir()
    (run / "backup" / "latest.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    fit(config, load_splits(config), run)
    assert history_of(run)["epoch"] == [0]


def test_a_run_that_was_killed_before_its_best_weights_were_written_finds_them_again(tiny, tmp_path):
    config, run = tiny(*PLAIN, "fit.epochs=1"), tmp_path / "run"
    run_of(config, run)
    (run / "done.json").unlink()
    (run / "best.weights.h5").unlink()  # the history tells of an epoch whose weights are lost
    fit(config, load_splits(config), run)
    assert (run / "best.weights.h5").exists()


def test_what_is_said_to_be_done_is_safe(tiny, tmp_path):
    """When the line of an epoch is printed, its history, weights and backup are on the disk."""
    order = [type(callback).__name__ for callback in _callbacks(tiny("fit.patience=1"), tmp_path, 1)]
    assert order.index("ModelCheckpoint") < order.index("CSVLogger") < order.index("BackupAndRestore")
    assert order.index("BackupAndRestore") < order.index("ProgressBar")


def test_a_finished_run_is_not_trained_again_and_it_is_said(exported, tmp_path, caplog):
    caplog.set_level("INFO")
    run = shutil.copytree(exported.run, tmp_path / "run")
    history = (run / "history.csv").read_bytes()
    again = run_of(exported.config, run)
    assert f"{run} is trained to its end" in caplog.text
    assert (run / "history.csv").read_bytes() == history
    assert largest_difference(exported.model, again) == 0


def test_a_run_of_another_config_is_refused(tiny, tmp_path):
    open_run(tiny(), tmp_path / "run", restart=False)
    with pytest.raises(RunError, match="another config"):
        open_run(tiny("fit.epochs=3"), tmp_path / "run", restart=False)
    assert load_run_config(tmp_path / "run") == tiny()


def test_a_run_from_before_a_setting_existed_is_still_the_same_run(tiny, tmp_path):
    open_run(tiny(), tmp_path, restart=False)
    settings = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    del settings["data"]["segment"]
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    open_run(tiny(), tmp_path, restart=False)
    with pytest.raises(RunError, match="another config"):
        open_run(tiny("data.segment=hop"), tmp_path, restart=False)


def test_a_restart_keeps_the_old_run_aside(tiny, tmp_path):
    run = tmp_path / "runs" / "tiny"
    for epochs in (2, 3, 4):  # within one second
        open_run(tiny(f"fit.epochs={epochs}"), run, restart=True)
        (run / "history.csv").write_text(f"of {epochs} epochs")
    assert {(p / "history.csv").read_text(): load_run_config(p).fit.epochs for p in run.parent.iterdir()} == {
        f"of {epochs} epochs": epochs for epochs in (2, 3, 4)
    }
    assert load_run_config(run).fit.epochs == 4


def test_a_run_without_weights_or_config_is_refused(tiny, tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        load_run_config(tmp_path)
    config = tiny()
    with pytest.raises(RunError, match="no epoch has ended"):
        load_best(config, load_splits(config)["train"], tmp_path)


def test_a_run_of_other_settings_than_todays_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"name": "old", "epochs": 3}')
    with pytest.raises(RunError, match=r"config\.json"):
        load_run_config(tmp_path)
