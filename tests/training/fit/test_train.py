"""A run learns, repeats itself, survives a kill, and stops when it should."""

import shutil

import keras
import numpy as np
import pytest

from tests.training.fit.runs import PLAIN, history_of, largest_difference, run_of
from training.data.dataset import load_splits
from training.fit.batches import Batches
from training.fit.callbacks import BetaWarmup
from training.fit.run import load_run_config
from training.fit.train import _callbacks, _optimizer, build_model, load_best, start_at_mean

WEIGHT_TOLERANCE = 1e-5  # absolute; one thread or two may add in another order


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


@pytest.mark.parametrize(("head_epochs", "figure"), [(0, "val_loss"), (3, "val_reconstruction")])
def test_label_heads_that_are_trained_anew_do_not_choose_the_best_epoch(tiny, tmp_path, head_epochs, figure):
    config = tiny(f"fit.head_epochs={head_epochs}", "fit.patience=2")
    chosen = [c.monitor for c in _callbacks(config, tmp_path, 1) if hasattr(c, "monitor")]
    assert chosen == [figure, figure]  # by the weights that are kept, and by the end


def test_the_same_seed_gives_the_same_weights(exported, tmp_path):
    assert largest_difference(exported.model, run_of(exported.config, tmp_path / "run")) < WEIGHT_TOLERANCE


def test_a_new_run_starts_from_the_weights_that_it_is_given(tiny, exported, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy2(exported.run / "best.weights.h5", run / "start.weights.h5")
    standing = run_of(tiny("fit.epochs=1", "fit.learning_rate=1e-30", "fit.optimizer=adam"), run)
    trained = load_best(exported.config, exported.splits["train"], exported.run)
    assert largest_difference(standing, trained) < WEIGHT_TOLERANCE


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
