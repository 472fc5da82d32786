"""A run learns, repeats itself, survives a kill, and stops when it should."""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from training.config import Config
from training.data.dataset import load_splits
from training.errors import RunError
from training.fit.augmentation import stretch
from training.fit.batches import Batches
from training.fit.callbacks import BetaWarmup
from training.fit.run import load_run_config, open_run
from training.fit.train import _callbacks, _optimizer, build_model, fit, load_best, start_at_mean

ROOT = Path(__file__).parents[3]
WEIGHT_TOLERANCE = 1e-5  # absolute; one thread or two may add in another order
RESUME_TOLERANCE = (
    1e-3  # absolute; the process compiles with XLA, which adds in another order than eager steps
)
N_RESUMED_EPOCHS = 6
DEADLINE_S = 300  # of a process, on a busy machine

Tiny = Callable[..., Config]
PLAIN = (  # nothing random but the order and the shifts of the clips, which follow from (seed, epoch)
    "model.kind=autoencoder",
    "model.conditional=false",
    "model.network.input_noise=0.0",
)


def run_of(config, run):
    open_run(config, run, restart=False)
    return fit(config, load_splits(config), run)


def history_of(run):
    with (run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def largest_difference(one, other):
    pairs = zip(one.trainable_weights, other.trainable_weights, strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


@pytest.mark.parametrize(
    ("family", "overrides"),
    [
        ("residual", ["model.kind=variational-autoencoder", "model.conditional=true"]),
        ("residual", ["model.kind=autoencoder", "model.conditional=false", "model.beta=0.0"]),
        ("thesis", ["model.kind=variational-autoencoder", "model.conditional=false"]),
        ("thesis", ["model.kind=autoencoder", "model.conditional=true", "model.loss={kind='mean-squared'}"]),
    ],
    ids=["conditional residual VAE", "residual AE", "thesis VAE", "conditional thesis AE"],
)
def test_the_loss_falls(family, overrides, tiny, tmp_path, request):
    if family == "residual" and "model.conditional=true" in overrides:  # the largest, so for all of them
        request.getfixturevalue("in_graphs")
    config = tiny("model.beta_warmup_epochs=0", *overrides, family=family)
    run = tmp_path / "run"
    model = run_of(config, run)
    history = history_of(run)
    assert history["epoch"] == [0, 1]
    assert history["loss"][1] < history["loss"][0]
    assert set(config.conditions) <= history.keys()
    assert list((run / "tensorboard" / "train").iterdir())
    assert list((run / "tensorboard" / "validation").iterdir())
    assert load_run_config(run) == config
    kl = history["kl"]
    assert all(value > 0 for value in kl) if config.model.kind != "autoencoder" else kl == [0, 0]
    splits = load_splits(config)
    model.compile()
    judged = model.evaluate(Batches(splits["validation"], config, augment=False), return_dict=True, verbose=0)
    assert judged["reconstruction"] == pytest.approx(
        history["val_reconstruction"][int(np.argmin(history["val_loss"]))], rel=1e-4
    )


def test_the_same_seed_gives_the_same_weights(exported, tmp_path):
    assert largest_difference(exported.model, run_of(exported.config, tmp_path / "run")) < WEIGHT_TOLERANCE


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


def test_an_epoch_that_was_told_but_not_saved_is_told_once(tiny, tmp_path):
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


def test_the_batches_of_an_epoch_depend_on_seed_and_epoch_alone(tiny):
    config = tiny()
    train = load_splits(config)["train"]

    def epoch(n):
        batches = Batches(train, config, augment=True)
        batches.begin(n)
        return np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))])

    assert (epoch(4) == epoch(4)).all()
    assert (epoch(4) != epoch(5)).any()
    assert epoch(4).shape == train.log_magnitude.shape


def test_half_the_clips_are_stretched_and_transposed_where_the_config_says_so(tiny):
    shifted = tiny("fit.max_shift_frames=0", "fit.max_stretch=0.3", "fit.max_transposition=0.2")
    plain = tiny("fit.max_shift_frames=0")
    clips = load_splits(plain)["train"]
    epochs = []
    for config in (plain, shifted):
        batches = Batches(clips, config, augment=True)
        batches.begin(3)
        epochs.append(np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))]))
    as_they_are = (epochs[0] == epochs[1]).all(axis=(1, 2, 3)).mean()
    assert 0.2 < as_they_are < 0.8
    assert epochs[1].min() >= 0
    assert epochs[1].max() <= 1


def test_a_stretched_picture_is_read_between_its_cells():
    height, width = np.mgrid[:8, :10]
    image = (width + 10.0 * height)[..., None]
    np.testing.assert_allclose(stretch(image, 1, 1), image)
    slower = stretch(image, 0.5, 1)
    np.testing.assert_allclose(slower[:, :, 0], 0.5 * width + 10 * height)
    faster = stretch(image, 2, 1)
    np.testing.assert_allclose(faster[:, :5], image[:, ::2])
    assert not faster[:, 5:].any()
    lower = stretch(image, 1, 1.25)
    np.testing.assert_allclose(lower[2, :, 0], width[0] + 25)
    np.testing.assert_allclose(lower[-1], image[-1])


def test_validation_batches_are_the_clips_as_they_are(tiny):
    config = tiny()
    clips = load_splits(config)["validation"]
    batches = Batches(clips, config, augment=False)
    images = np.concatenate([batches[i][0]["log_magnitude"] for i in range(len(batches))])
    digits = np.concatenate([batches[i][0]["digit"] for i in range(len(batches))])
    np.testing.assert_array_equal(images, clips.log_magnitude.astype(np.float32))
    np.testing.assert_array_equal(digits.argmax(axis=1), clips.labels["digit"])


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


def test_a_new_run_starts_from_the_weights_that_it_is_given(tiny, exported, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy2(exported.run / "best.weights.h5", run / "start.weights.h5")
    standing = run_of(tiny("fit.epochs=1", "fit.learning_rate=1e-30", "fit.optimizer=adam"), run)
    trained = load_best(exported.config, exported.splits["train"], exported.run)
    assert largest_difference(standing, trained) < WEIGHT_TOLERANCE


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


def test_a_run_without_progress_is_stopped_early(tiny, tmp_path):
    config = tiny(
        "fit.epochs=9",
        "fit.patience=2",
        "fit.batch_size=24",
        "fit.learning_rate=1e-30",
        "fit.optimizer=adam",
        "model.beta_warmup_epochs=0",
        "model.conditional=false",
        "model.kind=autoencoder",
    )
    run_of(config, tmp_path / "run")
    assert history_of(tmp_path / "run")["epoch"] == [0, 1, 2]


def test_beta_rises_over_its_epochs(tiny):
    model = build_model(config := tiny("model.beta=0.8"), load_splits(config)["train"])
    warmup = BetaWarmup(config.model.beta, 4)
    warmup.set_model(model)
    found = []
    for epoch in range(6):
        warmup.on_epoch_begin(epoch)
        found.append(float(np.asarray(model.beta)))
    assert found == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.8])


def test_a_decoder_starts_with_the_mean_spectrum(tiny):
    config = tiny()
    clips = load_splits(config)["train"]
    clips.log_magnitude[:, :20] = 0.0  # rows without sound are not where a sigmoid stops learning
    start_at_mean(model := build_model(config, clips), clips)
    batch, *_ = Batches(clips, config, augment=False)[0]
    decoded = np.asarray(model(batch)["reconstruction"])
    expected = clips.log_magnitude.astype(np.float32).mean(axis=(0, 2, 3)).clip(0.01)
    assert decoded.mean(axis=(0, 2, 3)) == pytest.approx(expected, abs=0.1)
    assert decoded[:, :20] == pytest.approx(0.01, abs=0.01)


@pytest.mark.parametrize(("n_warmup", "expected"), [(0, [1e-2, 5e-3, 0]), (2, [0, 1e-2, 0])])
def test_the_cosine_ends_at_zero_and_its_warmup_begins_there(n_warmup, expected, tiny):
    rate = _optimizer(
        tiny("fit.schedule=cosine", "fit.epochs=4", f"fit.warmup_epochs={n_warmup}"), 10
    )._learning_rate
    assert [float(rate(step)) for step in (0, 20, 40)] == pytest.approx(expected, abs=1e-9)


def test_mixed_precision_trains_and_its_weights_serve_in_full_precision(tiny, tmp_path):
    config, run = tiny(*PLAIN, "fit.precision=mixed_bfloat16"), tmp_path / "run"
    trained = build_model(config, load_splits(config)["train"], config.fit.precision)
    assert {layer.compute_dtype for layer in trained.decoder.layers} >= {"bfloat16", "float32"}
    model = run_of(config, run)
    assert history_of(run)["loss"][1] < history_of(run)["loss"][0]
    assert {layer.compute_dtype for layer in model.decoder.layers} == {"float32"}
    assert keras.mixed_precision.dtype_policy().name == "float32"


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
