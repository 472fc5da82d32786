"""Samples, points and labels, through the real application."""

import json

import numpy as np
import pytest

WINDOW = 1024  # samples
LEVEL_TOLERANCE_DB = 0.1
PCM_STEP = 1 / 32768


def test_a_sound_has_the_duration_that_is_asked_for(client, listen):
    body = {"z": [0.1, 0.2, -0.3, 0.4]}
    for duration_s, n_samples in ((0.05, 400), (1e-9, 1), (60, WINDOW)):
        assert listen(client.post("/generate", json={**body, "duration_s": duration_s})).size == n_samples


def test_a_sound_neither_begins_nor_ends_with_a_step(client, wav, listen):
    z = [0.1, 0.2, -0.3, 0.4]
    for answer in (
        client.post("/generate", json={"z": z, "duration_s": 0.05}),
        client.get("/sample?seed=1"),
        client.post("/reconstruct", content=wav),
        client.post("/morph", json={"from": z, "to": [0.4, -0.3, 0.2, 0.1]}),
    ):
        waveform = listen(answer)
        assert waveform[0] == waveform[-1] == 0
        assert np.abs(np.diff(waveform[:8])).max() < np.abs(waveform).max() / 2


def test_same_seed_gives_the_same_bytes_and_another_seed_others(client):
    first, again, other = (client.get(f"/sample?seed={seed}") for seed in (7, 7, 8))
    assert first.content == again.content != other.content
    assert first.headers["tonespace-seed"] == "7"


def test_without_a_seed_a_random_one_is_used_and_reported(client):
    sampled, other = client.get("/sample"), client.get("/sample")
    seed = sampled.headers["tonespace-seed"]
    assert seed != other.headers["tonespace-seed"]
    assert client.get(f"/sample?seed={seed}").content == sampled.content
    assert f"seed-{seed}.wav" in sampled.headers["content-disposition"]


@pytest.mark.parametrize("model", ["voices", "voices@1", "plain"])
def test_the_headers_of_a_sample_lead_to_the_same_sound(client, listen, model):
    sampled = client.get(f"/sample?seed=11&model={model}")
    z = [float(v) for v in sampled.headers["tonespace-z"].split(",")]
    labels = json.loads(sampled.headers.get("tonespace-labels", "{}"))
    body = {"z": z, "labels": labels, "model": sampled.headers["tonespace-model"]}
    again = client.post("/generate", json=body)
    np.testing.assert_array_equal(listen(again), listen(sampled))
    assert again.headers["tonespace-z"] == sampled.headers["tonespace-z"]


def test_an_encoded_posterior_can_be_generated_exactly(client, wav):
    encoded = client.post("/encode", content=wav).json()
    reconstructed = client.post("/reconstruct", content=wav)
    generated = client.post("/generate", json={"z": encoded["z_mean"], "labels": encoded["labels"]})
    assert generated.headers["tonespace-z"] == reconstructed.headers["tonespace-z"]


@pytest.mark.parametrize("seed", range(5))
def test_a_sample_has_the_asked_labels(client, seed):
    response = client.get(f"/sample?seed={seed}&label=digit:7&label=speaker:jackson")
    assert json.loads(response.headers["tonespace-labels"]) == {"digit": "7", "speaker": "jackson"}


def test_temperature_zero_is_the_mean_of_a_component(client, listen):
    query = "/sample?temperature=0&label=digit:0&label=speaker:theo&seed="
    np.testing.assert_array_equal(listen(client.get(query + "1")), listen(client.get(query + "2")))


def test_generated_labels_are_those_of_the_likeliest_clips(client):
    sampled = client.get("/sample?seed=5&temperature=0.1&label=digit:9")
    z = [float(v) for v in sampled.headers["tonespace-z"].split(",")]
    unasked = client.post("/generate", json={"z": z})
    assert json.loads(unasked.headers["tonespace-labels"]) == {"digit": "9", "speaker": "theo"}
    partly = client.post("/generate", json={"z": z, "labels": {"speaker": "jackson"}})
    assert json.loads(partly.headers["tonespace-labels"])["speaker"] == "jackson"


def test_labels_may_be_mixed(client, listen):
    z = [0.1, 0.2, 0.3, 0.4]
    mixed = client.post("/generate", json={"z": z, "labels": {"digit": {"7": 3, "9": 1}}})
    labels = json.loads(mixed.headers["tonespace-labels"])
    assert labels["digit"] == {"7": 0.75, "9": 0.25}
    pure = client.post("/generate", json={"z": z, "labels": {"digit": "7"}})
    assert listen(mixed).shape
    assert mixed.content != pure.content


def test_what_would_clip_is_scaled_down_instead(start, make_model, tmp_path, listen):
    make_model(tmp_path, "loud", level_db=12.0)
    client = start(models_dir=tmp_path, default_model="loud")
    waveform = listen(client.get("/sample?seed=1"))
    assert np.abs(waveform).max() == pytest.approx(0.99, abs=2 * PCM_STEP)


def test_a_sample_has_the_level_of_the_models_clips(start, make_model, tmp_path, listen):
    for name, level_db in (("near", -20.0), ("far", -40.0)):
        make_model(tmp_path, name, level_db=level_db)
    client = start(models_dir=tmp_path, default_model="near")
    near, far = (listen(client.get(f"/sample?seed=1&format=wav-float&model={n}")) for n in ("near", "far"))
    ratio_db = 20 * np.log10(np.linalg.norm(near) / np.linalg.norm(far))
    assert ratio_db == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)
