"""The descriptions of models."""

import pytest


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
