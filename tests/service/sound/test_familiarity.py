"""A clip is familiar to a model whose replica of it is near enough."""

import pytest

from audio.formats import AudioLimits
from service.sound.store import Model
from service.sound.synthesis import encode

LABELS = {"digit": ("0", "7", "9"), "speaker": ("a", "b")}


@pytest.mark.parametrize(("threshold_db", "familiar"), [(79.0, True), (0.001, False)])
def test_a_clip_is_familiar_up_to_the_threshold_of_the_manifest(
    threshold_db, familiar, make_model, tmp_path, wav
):
    model = Model.open(make_model(tmp_path, "voice", labels=LABELS, threshold_db=threshold_db), "cpu")
    found = encode(model, wav, AudioLimits()).familiarity
    assert found is not None
    assert found.threshold == threshold_db
    assert 0 < found.score < 80
    assert found.familiar is familiar


def test_the_score_does_not_depend_on_the_level(make_model, make_sound, tmp_path, clip):
    model = Model.open(make_model(tmp_path, "voice", labels=LABELS, threshold_db=3.0), "cpu")
    uploads = [make_sound(waveform, subtype="FLOAT") for waveform in (clip, clip / 10)]
    scores = [encode(model, upload, AudioLimits()).familiarity.score for upload in uploads]
    assert scores[0] == pytest.approx(scores[1], abs=0.01)


def test_encode_answers_with_the_familiarity(start, make_model, tmp_path, wav):
    make_model(tmp_path, "voices", labels=LABELS, threshold_db=0.001)
    found = start(models_dir=tmp_path).post("/encode", content=wav).json()["familiarity"]
    assert found == {"score": pytest.approx(found["score"]), "threshold": 0.001, "familiar": False}
    assert found["score"] > 0.001


def test_a_model_without_a_threshold_answers_null(client, wav):
    assert client.post("/encode", content=wav).json()["familiarity"] is None
