"""The descriptions of models."""

import pytest

from tests.service.tiny_model import LABELS, NOTES, write_model

PITCH = {"pitch": "MIDI note"}


def test_models_are_described_and_listed_with_the_newest_version_first(client):
    models = client.get("/models").json()["models"]
    assert [(m["name"], m["version"], m["default"]) for m in models] == [
        ("plain", 1, False),
        ("voices", 2, True),
        ("voices", 1, False),
    ]
    newest, old = client.get("/models/voices").json(), client.get("/models/voices@1").json()
    assert newest == models[1]
    assert old == models[2]
    assert newest["versions"] == [2, 1]
    assert newest["labels"]["digit"] == ["0", "7", "9"]
    assert newest["window_s"] == pytest.approx(0.128)
    assert newest["providers"][-1] == "CPUExecutionProvider"
    assert set(newest["checksums"]) == {"encoder.onnx", "decoder.onnx", "refiner.onnx", "latents.npz"}
    assert newest["data"]["licence"] == "CC0-1.0"


def test_a_default_model_that_was_chosen_is_shown_first(client, notes):
    assert client.get("/models").json()["shown_first"] == "voices@2"
    assert notes.get("/models").json()["shown_first"] == "notes@1"


@pytest.mark.parametrize(
    ("numbers", "default_model", "first"),
    [
        (PITCH, None, "notes@2"),
        (PITCH, "digits-vae", "digits-vae@1"),
        ({"pitch": "MIDI velocity"}, None, "digits-vae@1"),
    ],
)
def test_a_model_with_a_pitch_is_shown_first_if_no_default_was_chosen(
    start, tmp_path, numbers, default_model, first
):
    write_model(tmp_path, "digits-vae", labels=LABELS)
    for version in (1, 2):
        write_model(tmp_path, "notes", version=version, labels=NOTES, numbers=numbers)
    listed = start(models_dir=tmp_path, default_model=default_model, workers=1).get("/models").json()
    assert listed["shown_first"] == first
    assert [model["name"] for model in listed["models"] if model["default"]] == ["digits-vae"]


def test_a_default_model_with_a_pitch_is_shown_before_others(start, tmp_path):
    for name in ("a-piano", "digits-vae"):
        write_model(tmp_path, name, labels=NOTES, numbers=PITCH)
    listed = start(models_dir=tmp_path, default_model=None, workers=1).get("/models").json()
    assert listed["shown_first"] == "digits-vae@1"
