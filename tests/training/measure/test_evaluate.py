"""The figures of a model are read from its sounds and stand in manifest and card."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from audio.model_directory import load_manifest
from audio.projection import project
from audio.spectrogram_config import SpectrogramConfig
from training.config import Config
from training.config_data import EvaluatorsConfig
from training.data.dataset import load_splits
from training.errors import RunError
from training.export import export
from training.exported import ExportedModel
from training.fit.train import build_model
from training.measure import evaluate as evaluation
from training.measure import readings, recogniser, sounds
from training.measure.card import SOUNDS
from training.measure.evaluate import evaluate, save_pictures
from training.measure.sounds import Sounds, samples

RECOGNISED = tuple(row for row in SOUNDS if row != "learned")  # which external evaluators alone get
N_ROUNDS = 2
SCORE_ROUNDING = 1e-3
PROBABILITY_TOLERANCE = 1e-5  # by which a row may miss 1

Tiny = Callable[..., Config]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(recogniser, "N_STEPS", 1)
    monkeypatch.setattr(sounds, "N_ROUNDS", N_ROUNDS)
    monkeypatch.setattr(evaluation, "N_ROUNDS", N_ROUNDS)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("recogniser")


@pytest.fixture
def published(exported, tmp_path):
    """A copy of the tiny model, to be written to."""
    return Path(shutil.copytree(exported.directory, tmp_path / "models" / "tiny" / "1"))


def test_the_figures_stand_in_manifest_and_card(published, exported, cache):
    before = load_manifest(published)
    manifest = evaluate(published, exported.config, "validation", cache)
    assert load_manifest(published) == manifest
    assert manifest.metrics["n_clips"] == 8
    for what in (*RECOGNISED, "other digit", "other speaker"):
        for label in ("digit", "speaker"):
            for figure in ("accuracy", "confidence"):
                assert 0 <= manifest.metrics[f"{what}.{label}.{figure}"] <= 1
            assert 1 <= manifest.metrics[f"{what}.{label}.inception_score"] <= 2 + SCORE_ROUNDING
        assert manifest.metrics[f"{what}.frechet_distance"] >= 0
        assert manifest.metrics[f"{what}.spread"] >= 0
        assert manifest.metrics[f"{what}.timbre_spread_db"] > 0
        assert 0 <= manifest.metrics[f"{what}.share_of_copies"] <= 1
    for figure in ("log_spectral_distance_db", "mel_cepstral_distortion_db"):
        nearest = manifest.metrics[f"inverted.{figure}"]
        assert 0 < nearest < min(manifest.metrics[f"{what}.{figure}"] for what in ("literal", "noise"))
    assert manifest.metrics["remembered.share_of_copies"] == pytest.approx(0.5, abs=0.13)  # of 8 clips
    assert manifest.measured_on == "validation"
    assert manifest.model_copy(update={"metrics": {}, "measured_on": None}) == before
    card = (published / "card.md").read_text(encoding="utf-8")
    assert "Not evaluated yet" not in card
    assert (
        "| | real | inverted | reconstruction | remembered | sample | map | literal | noise | other digit "
        "| other speaker |" in card
    )
    assert f"- active dimensions: {manifest.metrics['active_dimensions']:.4g}" in card
    row = next(line for line in card.splitlines() if line.startswith("| digit accuracy |"))
    assert f"{manifest.metrics['reconstruction.digit.accuracy']:.4g}" in row


def test_the_same_model_reads_the_same_twice(published, exported, cache):
    readings = [evaluate(published, exported.config, "test", cache).metrics for _ in range(2)]
    assert readings[0] == readings[1]
    assert len(list(cache.glob("recogniser-*"))) == 1  # trained once


def test_the_recogniser_learns_from_training_clips_alone(published, exported, tmp_path, monkeypatch):
    learnt_from: list[str] = []

    def listen(data, *_, **__):
        learnt_from.extend(data.files)
        raise InterruptedError

    monkeypatch.setattr(readings, "train_recogniser", listen)
    with pytest.raises(InterruptedError):
        evaluate(published, exported.config, "test", tmp_path)
    assert set(learnt_from) == set(exported.splits["train"].files)


def test_training_recordings_are_evaluated_but_for_those_the_evaluator_has_met(
    published, exported, cache, monkeypatch
):
    read: list[set[str]] = []

    def recorded(config, clips):
        read.append(set(clips.files))
        return really_recorded(config, clips)

    class FirstSpeaker:
        def __init__(self, clips, _):
            assert set(clips) == {0, 1}

        def recognise(self, waveforms, _):
            return np.zeros(len(waveforms), np.int64)

    really_recorded = sounds.recorded
    for module in (evaluation, readings, sounds):
        monkeypatch.setattr(module, "recorded", recorded)
    monkeypatch.setattr(readings, "SpeakerEvaluator", FirstSpeaker)
    monkeypatch.setattr(readings, "is_installed", lambda _: True)
    monkeypatch.setattr(sounds, "N_ENROLLED", 3)
    config = exported.config.model_copy(update={"evaluators": EvaluatorsConfig(speaker_label="speaker")})
    metrics = evaluate(published, config, "validation", cache).metrics
    *_, learned, one_voice, other_voice = read
    met = one_voice | other_voice
    assert learned
    assert not learned & met
    assert learned | met <= set(exported.splits["train"].files)
    assert metrics["learned.resemblyzer_accuracy"] == pytest.approx(0.5, abs=0.2)
    assert "| learned |" in (published / "card.md").read_text(encoding="utf-8")


def test_without_labels_there_are_distances_alone(tiny, tmp_path):
    config = tiny("model.conditional=false", "data.labels=[]", family="thesis")
    splits = load_splits(config)
    directory = export(build_model(config, splits["train"]), config, splits, tmp_path / "models")
    manifest = evaluate(directory, config, "validation", tmp_path / "cache")
    assert {
        "n_clips",
        "active_dimensions",
        "reconstruction.log_spectral_distance_db",
    } <= manifest.metrics.keys()
    assert not [name for name in manifest.metrics if "accuracy" in name or "kernel" in name]
    nearest = manifest.metrics["inverted.timbre_frechet_distance"]
    assert 0 <= nearest < min(manifest.metrics[f"{w}.timbre_frechet_distance"] for w in ("literal", "noise"))
    assert not (tmp_path / "cache").exists()
    card = (directory / "card.md").read_text(encoding="utf-8")
    assert "log spectral distance" in card
    assert "accuracy" not in card


@pytest.mark.parametrize("family", ["residual", "thesis"])
def test_what_the_model_makes_can_be_seen(tiny, tmp_path, family):
    unlabelled = ("model.conditional=false", "data.labels=[]")
    config = tiny(*(unlabelled if family == "thesis" else ()), family=family)
    splits = load_splits(config)
    directory = export(build_model(config, splits["train"]), config, splits, tmp_path / "models")
    save_pictures(directory, ExportedModel(directory), splits["validation"], splits["train"])
    for name in ("replicas", "samples", "map"):
        picture = imread(directory / f"{name}.png")
        assert min(picture.shape[:2]) > 100
        assert picture[..., :3].std() > 0.05


def test_an_empty_split_and_another_spectrogram_are_refused(published, tiny, cache):
    before = (published / "manifest.json").read_bytes()
    with pytest.raises(RunError, match="test split holds no clips"):
        evaluate(published, tiny("data.test={fraction=1e-9}"), "test", cache)
    with pytest.raises(RunError, match="another spectrogram"):
        evaluate(published, tiny("spectrogram.hop_length=16"), "test", cache)
    assert (published / "manifest.json").read_bytes() == before


def test_recordings_without_a_known_value_are_refused(published, tiny, recordings, tmp_path, cache):
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for path in recordings.glob("*_ben_*.wav"):
        shutil.copy(path, fewer)
    with pytest.raises(RunError, match="knows speaker anna, ben; the recordings hold ben"):
        evaluate(published, tiny(f"data.recordings={fewer.as_posix()}"), "test", cache)


def test_values_are_in_the_order_of_the_model(published, exported):
    clips = exported.splits["validation"]
    manifest = load_manifest(published)
    turned = manifest.model_copy(update={"labels": manifest.labels | {"speaker": ("ben", "anna")}})
    ordered = evaluation.in_order_of(turned, clips)
    assert ordered.values["speaker"] == ("ben", "anna")
    np.testing.assert_array_equal(ordered.labels["speaker"], 1 - clips.labels["speaker"])
    np.testing.assert_array_equal(ordered.labels["digit"], clips.labels["digit"])


def test_sets_of_several_rounds_are_compared_round_by_round(tiny, cache):
    spectrogram = recogniser.recogniser_spectrogram(tiny().spectrogram)
    lesson = load_splits(tiny().model_copy(update={"spectrogram": spectrogram}))["train"]
    trained = recogniser.train_recogniser(lesson, spectrogram, cache)
    known = trained.recognise_images(lesson.log_magnitude).features
    rng = np.random.default_rng(0)
    waveforms = [rng.normal(0, 0.1, 4000).astype(np.float32) for _ in range(8)]
    labels = {name: np.repeat([0, 1], 4) for name in ("digit", "speaker")}
    once = readings._recognised(trained, Sounds(waveforms, labels), known)
    twice = {name: np.tile(column, 2) for name, column in labels.items()}
    rounds = readings._recognised(trained, Sounds(2 * waveforms, twice, n_rounds=2), known)
    assert once["spread"] > 0
    assert rounds == pytest.approx(once, abs=1e-3)


def test_every_round_of_samples_has_the_labels_of_the_clips(published, exported):
    clips = exported.splits["validation"]
    model = ExportedModel(published)
    images, labels = samples(model, clips, np.random.default_rng(0), N_ROUNDS)
    assert images.shape == (N_ROUNDS * len(clips), 16, 16, 1)
    for name, drawn in labels.items():
        for one in np.split(drawn, N_ROUNDS):
            np.testing.assert_array_equal(np.sort(one), np.sort(clips.labels[name]))


def test_a_spot_on_a_clip_of_the_map_is_that_clip(published):
    model = ExportedModel(published)
    z, labels = model.latents.z_mean.astype(np.float64), model.latents.labels
    plane = project(z, list(labels.values()))
    for clip in (0, 3):
        np.testing.assert_allclose(plane.z_under(plane.xy[clip], z), z[clip], atol=1e-3)
        assert plane.nearest(plane.xy[clip])[0] == clip
    images, there = model.map_spots(5, np.random.default_rng(0))
    assert images.shape == (5, 16, 16, 1)
    assert there.keys() == labels.keys()


def test_samples_have_the_labels_they_were_asked_for(published):
    model = ExportedModel(published)
    images, labels = model.sample(12, np.random.default_rng(0))
    assert images.shape == (12, 16, 16, 1)
    assert labels.keys() == {"digit", "speaker"}
    again, _ = model.sample(12, np.random.default_rng(0))
    np.testing.assert_array_equal(images, again)


@pytest.mark.parametrize(("sample_rate", "n_fft"), [(8000, 256), (16_000, 512), (44_100, 1024)])
def test_the_recogniser_reads_a_clip_to_its_end(sample_rate, n_fft):
    clip = SpectrogramConfig(
        sample_rate=sample_rate, n_fft=2048, hop_length=500, win_length=2048, n_frames=99
    )
    heard = recogniser.recogniser_spectrogram(clip)
    assert heard.n_fft == n_fft
    assert 0 <= heard.duration_s - clip.duration_s < heard.hop_length / sample_rate


def test_the_recogniser_reads_waveforms_as_their_spectrograms(tiny, cache):
    config = tiny()
    spectrogram = recogniser.recogniser_spectrogram(config.spectrogram)
    splits = load_splits(config.model_copy(update={"spectrogram": spectrogram}))
    trained = recogniser.train_recogniser(splits["train"], spectrogram, cache)
    rng = np.random.default_rng(0)
    waveforms = [rng.normal(0, 0.1, n).astype(np.float32) for n in (500, 20_000)]
    heard = trained.recognise(waveforms)
    assert {name: p.shape for name, p in heard.probabilities.items()} == {"digit": (2, 2), "speaker": (2, 2)}
    assert heard.features.shape == (2, recogniser.FEATURE_DIM)
    for probabilities in heard.probabilities.values():
        assert np.abs(probabilities.sum(axis=1) - 1).max() < PROBABILITY_TOLERANCE
