"""Calibration: probabilities that mean what they say, and a threshold of what is familiar."""

import numpy as np
import pytest

from audio.manifest import Calibration
from training import calibration
from training.calibration import (
    at_temperature,
    calibration_error,
    familiarity_of,
    fitted_temperature,
    held_out_halves,
    replica_distances_db,
)
from training.data.dataset import load_splits
from training.export import export
from training.exported import ExportedModel
from training.fit.train import build_model

N_CLIPS, N_VALUES = 4000, 5


def overconfident(temperature):
    """Probabilities whose logits are `temperature` times too large, and truths sampled from the right."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (N_CLIPS, N_VALUES))
    right = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (right.cumsum(axis=1) > rng.random((N_CLIPS, 1))).argmax(axis=1)
    scaled = np.exp(temperature * logits)
    return (scaled / scaled.sum(axis=1, keepdims=True)).astype(np.float32), truth


def test_the_temperature_undoes_overconfidence():
    probabilities, truth = overconfident(3.0)
    temperature = fitted_temperature(probabilities, truth)
    assert temperature == pytest.approx(3.0, rel=0.1)
    before = calibration_error(probabilities, truth)
    after = calibration_error(at_temperature(probabilities, temperature), truth)
    assert before > 0.2
    assert after < 0.03


def test_no_head_is_made_surer():
    assert fitted_temperature(*overconfident(0.5)) == pytest.approx(1.0, abs=0.01)


def test_a_temperature_changes_no_order_and_1_changes_nothing():
    probabilities, _ = overconfident(1.0)
    np.testing.assert_allclose(at_temperature(probabilities, 1.0), probabilities, atol=1e-5)
    np.testing.assert_array_equal(
        at_temperature(probabilities, 4.0).argmax(axis=1), probabilities.argmax(axis=1)
    )


def test_the_error_is_the_gap_between_confidence_and_accuracy():
    probabilities = np.tile([0.9, 0.1], (10, 1))
    assert calibration_error(probabilities, np.zeros(10, int)) == pytest.approx(0.1)
    assert calibration_error(probabilities, np.repeat([0, 1], 5)) == pytest.approx(0.4)


def test_exported_heads_have_their_temperature_and_the_manifest_names_it(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "MIN_CLIPS", 4)
    config = tiny()
    splits = load_splits(config)
    images = splits["test"].log_magnitude.astype(np.float32)
    model = build_model(config, splits["train"])
    for name in config.conditions:  # surer than an untrained head has a right to be
        head = model.encoder.get_layer(name)
        head.set_weights([20 * weights for weights in head.get_weights()])
    before = model.encoder.predict({"log_magnitude": images}, verbose=0)
    exported = ExportedModel(export(model, config, splits, tmp_path / "models"))
    after = exported.encoder({"log_magnitude": images})
    assert exported.manifest.familiarity is not None
    for name, found in exported.manifest.calibration.items():
        assert found.temperature >= 1
        np.testing.assert_allclose(after[name], at_temperature(before[name], found.temperature), atol=1e-3)
    assert exported.manifest.calibration.keys() == set(config.conditions)
    surest = max(exported.manifest.calibration.values(), key=lambda found: found.temperature)
    assert surest.temperature > 1
    assert surest.error_after < surest.error_before


def test_too_few_held_out_clips_calibrate_nothing(exported):
    manifest = ExportedModel(exported.directory).manifest
    assert len(exported.splits["validation"]) < calibration.MIN_CLIPS
    assert (manifest.calibration, manifest.familiarity) == ({}, None)


def test_the_halves_share_no_clip_and_too_few_clips_give_none(exported):
    train = exported.splits["train"]
    halves = held_out_halves(train)
    assert halves is not None
    setting, measuring = halves
    assert not set(setting.files) & set(measuring.files)
    assert len(setting) + len(measuring) == len(train)
    assert held_out_halves(train.take(np.arange(calibration.MIN_CLIPS - 1))) is None


def test_nearly_all_clips_that_set_the_threshold_are_familiar_and_noise_is_not(exported):
    model = ExportedModel(exported.directory)
    images = exported.splits["train"].log_magnitude.astype(np.float32)
    familiarity = familiarity_of(model, images)
    distances_db = replica_distances_db(model, images)
    assert (distances_db <= familiarity.threshold_db).mean() == pytest.approx(familiarity.share, abs=0.05)


def test_a_calibration_needs_a_temperature():
    with pytest.raises(ValueError, match="temperature"):
        Calibration(temperature=0.0, error_before=0.1, error_after=0.1)
