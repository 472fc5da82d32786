"""A model of notes is measured beside real notes."""

import numpy as np
import pytest

from audio.projection import project_clips
from audio.spectrogram import SpectrogramTransform
from training.data.dataset import load_splits
from training.export import export
from training.exported import ExportedModel
from training.fit.train import build_model
from training.measure.evaluate import evaluate, save_pictures
from training.measure.evaluators import PitchEvaluator, QualityEvaluator
from training.measure.nearest_clip import NearestClip
from training.measure.note_sets import Notes, a_quarter_tone_off, converted, sampled
from training.measure.notes import PITCH_EVALUATORS, evaluators, read_notes

RATE = 44_100
NUMBERS = (
    'data.labels=["speaker", "digit", "index"]',
    'data.numbers={ index = "MIDI note" }',
    "data.test={ fraction = 0.2 }",
    "data.validation={ fraction = 0.2 }",
    'data.without={ field = "index", values = "3" }',
    'model.conditional=["speaker", "index"]',
    "model.network.pitch_label=index",
    "spectrogram.image_height=33",
    "evaluators.n_clips=6",
    'evaluators.unseen={ "unseen pitch" = { rule = { field = "index", values = "3" } } }',
)


@pytest.fixture(scope="module")
def numbered(tiny, workspace, tmp_path_factory):
    """An untrained model of two speakers and nine pitches, published as models/tiny/1."""
    import contextlib

    with contextlib.chdir(workspace):
        config = tiny(*NUMBERS)
        splits = load_splits(config)
        model = build_model(config, splits["train"])
        folder = tmp_path_factory.mktemp("numbered")
        return config, export(model, config, splits, folder / "models"), splits


def test_numbers_stand_in_the_manifest_and_share_a_component(numbered):
    config, directory, _ = numbered
    manifest = ExportedModel(directory).manifest
    assert manifest.numbers == {"index": "MIDI note"}
    assert manifest.labels["index"] == tuple("012456789")
    assert manifest.clip_labels.keys() == {"digit"}
    assert manifest.latent_distribution.n_components == 4  # speakers and digits
    assert ExportedModel(directory).latents.level_db is not None
    assert config.conditions == ("speaker", "index")


def test_a_spot_of_the_map_has_the_number_that_x_is(numbered):
    model = ExportedModel(numbered[1])
    plane = project_clips(model.latents, model.manifest)
    spots = np.random.default_rng(0).uniform(plane.xy.min(axis=0), plane.xy.max(axis=0), (40, 2))
    images, there = model.map_spots(40, np.random.default_rng(0))
    assert images.shape == (40, *model.manifest.spectrogram.image_shape, 1)
    for speaker in range(2):
        mine = there["speaker"] == speaker
        in_order = there["index"][mine][np.argsort(spots[mine, 0])]
        assert len(set(in_order.tolist())) > 1
        np.testing.assert_array_equal(in_order, np.sort(in_order))


def test_every_set_of_notes_is_read(numbered, tmp_path):
    config, directory, _ = numbered
    metrics = evaluate(directory, config, "validation", tmp_path).metrics
    rows = (
        "real",
        "inverted",
        "reconstruction",
        "nearest clip",
        "noise",
        "real unseen pitch",
        "unseen pitch",
        "sample unseen pitch",
        "sample",
        "quarter tones",
        "other speaker",
        "other index",
    )
    for row in rows:
        assert 0 <= metrics[f"{row}.speaker.accuracy"] <= 1
        assert metrics[f"{row}.attack_ms"] >= 0
    for distance in (
        "log_spectral_distance_db",
        "unfloored_log_spectral_distance_db",
        "multi_resolution_stft_distance",
    ):
        assert metrics[f"inverted.{distance}"] < metrics[f"reconstruction.{distance}"]
    assert metrics["real.frechet_distance"] >= 0


class Reads:
    """An evaluator that finds these MIDI notes in any sounds."""

    def __init__(self, *notes):
        self.notes = np.array(notes)

    def recognise(self, *_):
        return self.notes


def test_figures_of_each_pitch_evaluator_stand_beside_each_other(numbered):
    config, directory, splits = numbered
    read = evaluators(splits["train"], ExportedModel(directory), config)
    notes = Notes(
        [np.sin(np.arange(512) / 4).astype(np.float32)] * 4,
        [{"speaker": "anna", "index": "5", "digit": "0"}] * 4,
    )
    two = {"pitch": Reads(5.1, 5.1, 4.9, 5.1), "basic_pitch": Reads(5, 5.1, 5.3, 17)}
    figures = read_notes(notes, read._replace(pitch=two), config)
    assert (figures["pitch_within_50_cents"], figures["pitch_within_20_cents"]) == (1, 1)
    assert (figures["basic_pitch_within_50_cents"], figures["basic_pitch_within_20_cents"]) == (0.75, 0.5)
    assert figures["pitch_error_cents"] == pytest.approx(10)
    assert figures["basic_pitch_error_cents"] == pytest.approx(20)


def test_a_pitch_evaluator_that_is_not_installed_has_no_figures(numbered, monkeypatch):
    config, directory, splits = numbered
    monkeypatch.setattr("training.measure.notes.is_installed", lambda package: package == "swift_f0")
    monkeypatch.setitem(PITCH_EVALUATORS, "pitch", ("swift_f0", object))
    read = evaluators(splits["train"], ExportedModel(directory), config)
    assert list(read.pitch) == ["pitch"]
    assert read.quality is None


def test_a_sample_has_the_level_of_the_clips_of_its_pitch(numbered):
    _, directory, _ = numbered
    model = ExportedModel(directory)
    fields = [{"speaker": speaker, "index": "5", "digit": "0"} for speaker in ("anna", "ben")]
    loud, soft = (
        float(np.square(w).mean()) for w in sampled(model, fields, np.random.default_rng(0)).waveforms
    )
    assert loud > 4 * soft  # 11 dB, as recorded


def test_a_note_is_converted_to_what_its_other_labels_occur_with(numbered):
    config, directory, splits = numbered
    model = ExportedModel(directory)
    waveforms = [np.sin(np.arange(512) / 4).astype(np.float32)]
    notes = Notes(waveforms, [{"speaker": "anna", "index": "5", "digit": "0"}])
    made = converted(model, notes, "index", np.random.default_rng(0))
    assert made.fields[0]["index"] in set("012456789") - {"5"}
    assert made.fields[0]["speaker"] == "anna"
    assert np.isfinite(made.waveforms[0]).all()
    assert config.spectrogram == model.manifest.spectrogram
    assert len(splits["train"]) > 10


def test_a_quarter_tone_stays_on_the_scale():
    fields = [{"pitch": "60"}, {"pitch": "84"}]
    assert a_quarter_tone_off(fields, "pitch", ("60", "72", "84")) == [{"pitch": "60.5"}, {"pitch": "83.5"}]


def test_pictures_show_scales(numbered, tmp_path):
    _, directory, splits = numbered
    save_pictures(tmp_path, ExportedModel(directory), splits["validation"], splits["train"])
    assert {"samples.png", "morphs.png", "replicas.png", "map.png"} <= {
        path.name for path in tmp_path.iterdir()
    }


def tone(note, seconds=1.0):
    t = np.arange(int(seconds * RATE)) / RATE
    f0 = 440 * 2 ** ((note - 69) / 12)
    return sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 6)).astype(np.float32) * 0.2


def test_swift_f0_reads_the_pitch_of_a_note_in_semitones():
    pytest.importorskip("swift_f0")
    read = PitchEvaluator().recognise([tone(60), tone(60.5), tone(72)], RATE)
    assert np.abs(read - [60, 60.5, 72]).max() < 0.1


def test_visqol_hears_that_a_noisy_replica_is_worse():
    pytest.importorskip("visqol")
    original, evaluator = tone(60, 2.0), QualityEvaluator()
    noisy = original + np.random.default_rng(0).normal(0, 0.05, original.size).astype(np.float32)
    assert evaluator.quality(original, original, RATE) > 4.5 > evaluator.quality(original, noisy, RATE)


def test_the_nearest_clip_tells_the_labels_of_a_sound_like_it(tiny):
    config = tiny("spectrogram.image_height=33")
    train = load_splits(config)["train"]
    recogniser = NearestClip(train, SpectrogramTransform(config.spectrogram), ["digit"])
    t = np.arange(800) / 8000
    sounds = [(np.sin(2 * np.pi * hz * t) * (1 - t / 0.1)).astype(np.float32) for hz in (400, 1600)]
    found = recogniser.recognise(sounds).probabilities["digit"]
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6
