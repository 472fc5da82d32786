"""A model of notes is measured beside real notes."""

import re

import numpy as np
import pytest

from audio.projection import project_clips
from training.config_data import UnseenConfig
from training.data.dataset import load_splits
from training.errors import RecordingsError
from training.export import export
from training.exported import ExportedModel
from training.fit.train import build_model
from training.measure.card import ABOUT_ROWS, ABOUT_ROWS_OF_NOTES
from training.measure.evaluate import evaluate, save_pictures
from training.measure.measures import N_CLUSTERS
from training.measure.nearest_clip import N_NEAREST
from training.measure.note_sets import a_quarter_tone_off, converted, sampled
from training.measure.notes import N_COMPARED, NO_DECAY_S, PITCH_EVALUATORS, evaluators, read_notes
from training.measure.quality import ABOUT
from training.measure.recogniser import Recognised
from training.measure.recorded_notes import Notes, spread, unseen_notes

NUMBERS = (
    'data.labels=["speaker", "digit", "index"]',
    'data.numbers={ index = "MIDI note" }',
    "data.test={ fraction = 0.2 }",
    "data.validation={ fraction = 0.2 }",
    'data.without={ field = "index", values = "3" }',
    'model.conditional=["speaker", "index"]',
    "model.network.pitch_label=index",
    "spectrogram.image_height=33",
    "evaluators.n_clips=4",
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
    assert metrics["n_clips"] == 4  # of the five of the split
    card = (directory / "card.md").read_text(encoding="utf-8")
    assert "- n clips: 4" in card
    assert ABOUT_ROWS_OF_NOTES in card
    assert ABOUT_ROWS not in card


def test_the_quality_page_says_how_notes_are_measured():
    said = " ".join(ABOUT.partition("## Notes and hits")[2].split())
    assert f"the mean over {N_COMPARED} sounds of a set, evenly spread" in said
    assert f"of the labels of {N_COMPARED} recordings" in said
    assert f"{N_CLUSTERS} clusters" in said
    assert f"with {1000 * NO_DECAY_S:g} ms added to both decays" in said
    assert N_NEAREST == 3
    assert "of three of which the nearest counts most" in said
    assert len(spread(517, N_COMPARED)) == N_COMPARED
    assert len(spread(7, N_COMPARED)) == 7


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


class Recognises:
    """A recogniser that finds these values of a label in any sounds."""

    def __init__(self, name, *values):
        self.probabilities = {name: np.eye(2, dtype=np.float32)[list(values)]}

    def recognise(self, _):
        return Recognised(self.probabilities, np.eye(4, 5, dtype=np.float32))


def test_a_note_is_right_in_both_where_pitch_and_first_name_are(numbered):
    config, directory, splits = numbered
    read = evaluators(splits["train"], ExportedModel(directory), config)._replace(
        recogniser=Recognises("speaker", 0, 0, 1, 1),
        known=np.eye(5, dtype=np.float32),
        pitch={"pitch": Reads(5, 7, 5, 7), "basic_pitch": Reads(7, 7, 7, 7)},
    )
    waveforms = [np.sin(np.arange(512) / 4).astype(np.float32)] * 4
    notes = Notes(waveforms, [{"speaker": "anna", "index": "5", "digit": "0"}] * 4)
    figures = read_notes(notes, read, config)
    assert figures["pitch_within_50_cents"] == figures["speaker.accuracy"] == 0.5
    assert figures["both_right"] == 0.25
    others = notes._replace(fields=[{"speaker": "carl", "index": "5", "digit": "0"}] * 4)
    assert "both_right" not in read_notes(others, read, config)  # nobody is known by that name
    alone = read._replace(pitch={"basic_pitch": read.pitch["basic_pitch"]})
    assert "both_right" not in read_notes(notes, alone, config)


def test_one_note_is_at_no_distance_from_a_set(numbered):
    config, directory, splits = numbered
    read = evaluators(splits["train"], ExportedModel(directory), config)._replace(pitch={})
    note = [np.sin(np.arange(512) / 4).astype(np.float32)]
    figures = read_notes(Notes(note, [{"speaker": "anna", "index": "5", "digit": "0"}]), read, config)
    assert figures.keys() >= {"speaker.accuracy", "attack_ms"}
    assert not [name for name in figures if "distance" in name or "bins" in name]


@pytest.mark.parametrize("content", [None, "no sound", "another speaker"])
def test_an_unseen_set_without_recordings_is_found_before_anything_is_computed(
    numbered, tmp_path, monkeypatch, content
):
    config, directory, _ = numbered
    folder = tmp_path / "unseen"
    if content:
        folder.mkdir()
    if content == "another speaker":
        (folder / "0_carl_5.wav").write_bytes(b"")
    unseen = {"other kits": UnseenConfig(recordings=folder)}
    lacking = config.model_copy(
        update={"evaluators": config.evaluators.model_copy(update={"unseen": unseen})}
    )
    monkeypatch.setattr("training.measure.evaluate.load_splits", None)
    reason = {
        None: f"there is no folder {folder}",
        "no sound": f"{folder} holds no recording: no file's extension",
        "another speaker": f"{folder} holds no recording whose labels the model knows",
    }[content]
    with pytest.raises(RecordingsError, match=re.escape(f'evaluators.unseen."other kits": {reason}')):
        evaluate(directory, lacking, "validation", tmp_path)


def test_unseen_recordings_that_cannot_be_read_are_reported(numbered, tmp_path, tone, caplog):
    config, _, splits = numbered
    tone(tmp_path / "0_anna_5.wav", 400)
    (tmp_path / "1_ben_5.wav").write_bytes(b"damaged")
    unseen = {"other": UnseenConfig(recordings=tmp_path)}
    config = config.model_copy(update={"evaluators": config.evaluators.model_copy(update={"unseen": unseen})})
    notes = unseen_notes("other", config, splits["train"].values)
    assert [field["speaker"] for field in notes.fields] == ["anna"]
    assert "1 of 2 recordings cannot be used and are left out:\n  1_ben_5.wav" in caplog.text


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
