"""Sound in, sound out, through the real application."""

import json

import numpy as np
import onnxruntime
import pytest

from audio.files import AudioLimits, read_audio
from audio.latents import LatentMixture
from audio.manifest import load_latents, load_manifest
from audio.refinement import refined
from audio.spectrogram import SpectrogramTransform

WINDOW = 1024  # samples
LEVEL_TOLERANCE_DB = 0.1
Z_TOLERANCE = 1e-4
PCM_STEP = 1 / 32768
VALLEY = (0.5, -0.5, 0.25, 0.0)  # where the steps of the tiny refiner lead


def test_encode_tells_the_posterior_labels_and_level(client, wav):
    answer = client.post("/encode", content=wav, headers={"content-type": "audio/wav"}).json()
    assert (answer["model"], answer["version"]) == ("voices", 2)
    assert len(answer["z_mean"]) == len(answer["z_log_var"]) == 4
    assert list(answer["labels"]) == ["digit", "speaker"]
    assert sum(answer["labels"]["digit"].values()) == pytest.approx(1, abs=1e-6)
    assert answer["duration_s"] == pytest.approx(0.1)
    assert answer["truncated"] is False
    assert -30 < answer["level_db"] < -10


def test_coordinates_are_the_refined_ones(client, wav, models_dir):
    answer = client.post("/encode", content=wav).json()
    directory = models_dir / "voices" / "2"
    manifest = load_manifest(directory)
    transform = SpectrogramTransform(manifest.spectrogram)
    image, _ = transform.forward(transform.fit_length(read_audio(wav, 8000, AudioLimits()).waveform)[0])
    session = onnxruntime.InferenceSession(directory / "encoder.onnx")
    (guess,) = session.run(["z_mean"], {"log_magnitude": image[None, :, :, None].astype(np.float32)})
    expected = refined(guess, lambda z: np.float32(VALLEY) - z, manifest.refiner)
    np.testing.assert_allclose(answer["z_mean"], expected[0], atol=1e-4)
    assert np.abs(expected - guess).max() > 0.1


def test_an_autoencoder_has_no_variance_and_no_labels(client, wav):
    answer = client.post("/encode?model=plain", content=wav).json()
    assert answer["z_log_var"] is None
    assert answer["labels"] == {}


def test_a_raw_body_and_a_form_give_the_same_coordinates(client, wav):
    raw = client.post("/encode", content=wav, headers={"content-type": "application/octet-stream"})
    untyped = client.post("/encode", content=wav)
    form = client.post("/encode", files={"audio": ("clip.wav", wav)})
    assert raw.json() == untyped.json() == form.json()


def test_a_quieter_clip_has_the_same_coordinates_and_a_lower_level(client, clip, make_sound):
    loud, quiet = (
        client.post("/encode", content=make_sound(w, subtype="FLOAT")).json() for w in (clip, clip / 10)
    )
    np.testing.assert_allclose(quiet["z_mean"], loud["z_mean"], atol=1e-4)
    assert loud["level_db"] - quiet["level_db"] == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)


def test_a_clip_longer_than_the_window_is_cut_and_told(client, make_sound, listen):
    long = make_sound(0.3 * np.sin(np.arange(16_000) * 0.3))
    assert client.post("/encode", content=long).json()["truncated"] is True
    assert listen(client.post("/reconstruct", content=long)).size == WINDOW


def test_stereo_at_another_rate_is_heard_too(client, make_sound):
    t = np.arange(4410) / 44_100
    stereo = np.stack([np.sin(2 * np.pi * 440 * t)] * 2, axis=1) * 0.3
    answer = client.post("/encode", content=make_sound(stereo, 44_100, format="FLAC")).json()
    assert answer["duration_s"] == pytest.approx(0.1)


@pytest.mark.parametrize("phase", ["griffin-lim", "gradient", "zero", "input"])
def test_a_reconstruction_is_as_long_as_the_upload(client, wav, listen, phase):
    response = client.post(f"/reconstruct?phase={phase}", content=wav)
    assert listen(response).size == 800
    assert response.headers["content-disposition"] == 'inline; filename="voices-reconstruction.wav"'


def test_a_quieter_clip_comes_back_quieter_by_as_much(client, clip, make_sound, listen):
    bodies = [make_sound(w, subtype="FLOAT") for w in (clip / 4, clip / 40)]
    loud, quiet = (listen(client.post("/reconstruct?format=wav-float", content=b)) for b in bodies)
    ratio_db = 20 * np.log10(np.linalg.norm(loud) / np.linalg.norm(quiet))
    assert ratio_db == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)


def test_a_reconstruction_can_be_asked_for_in_another_voice(client, wav):
    as_heard = client.post("/reconstruct", content=wav)
    as_theo = client.post("/reconstruct?label=speaker:theo", content=wav)
    assert isinstance(json.loads(as_heard.headers["tonespace-labels"])["speaker"], dict)
    assert json.loads(as_theo.headers["tonespace-labels"])["speaker"] == "theo"
    assert as_theo.content != as_heard.content


@pytest.mark.parametrize("label", ["", "?label=speaker:theo"])
def test_a_replica_is_a_point_at_its_level_and_as_long(client, wav, listen, label):
    """So that a link to the point brings it back, without the upload."""
    told = client.post(f"/reconstruct{label}", content=wav, headers={"accept": "application/json"}).json()
    point = {"z": told["z"], "labels": told["labels"], "level_db": told["level_db"]}
    again = client.post("/generate", json={**point, "duration_s": told["duration_s"], "format": "wav-float"})
    replica = client.post(f"/reconstruct{label or '?'}&format=wav-float", content=wav)
    assert listen(again).tobytes() == listen(replica).tobytes()
    assert listen(client.post("/generate", json=point)).size <= WINDOW


def test_a_sound_lasts_as_long_as_it_is_asked_to(client, listen):
    body = {"z": [0.1, 0.2, -0.3, 0.4]}
    for duration_s, n_samples in ((0.05, 400), (1e-9, 1), (60, WINDOW)):
        assert listen(client.post("/generate", json={**body, "duration_s": duration_s})).size == n_samples


def test_a_reconstruction_tells_that_the_upload_was_cut(client, wav, make_sound):
    long = make_sound(0.3 * np.sin(np.arange(16_000) * 0.3))
    for upload, truncated in ((wav, False), (long, True)):
        answer = client.post("/reconstruct", content=upload)
        assert answer.headers["tonespace-truncated"] == str(truncated).lower()
        told = client.post("/reconstruct", content=upload, headers={"accept": "application/json"}).json()
        assert told["truncated"] is truncated
    assert "tonespace-truncated" not in client.get("/sample?seed=7").headers


def test_another_voice_carries_z_to_where_the_clips_of_that_voice_lie(client, models_dir, wav):
    heard = client.post("/encode?model=voices@2", content=wav).json()
    as_theo = client.post("/reconstruct?model=voices@2&label=speaker:theo", content=wav)
    directory = models_dir / "voices" / "2"
    manifest = load_manifest(directory)
    mixture = LatentMixture.fit(load_latents(directory, manifest), manifest.latent_distribution)
    told = [heard["labels"], heard["labels"] | {"speaker": {"theo": 1.0}}]
    weights = [
        {
            name: np.array([labels[name].get(value, 0.0) for value in values], np.float32)
            for name, values in manifest.labels.items()
        }
        for labels in told
    ]
    expected = mixture.carried(np.array(heard["z_mean"], np.float32), *weights)
    assert np.abs(expected - heard["z_mean"]).max() > 10 * Z_TOLERANCE
    z = [float(value) for value in as_theo.headers["tonespace-z"].split(",")]
    np.testing.assert_allclose(z, expected, atol=Z_TOLERANCE)


def test_what_is_said_otherwise_lasts_as_long_as_it_is_heard(client, make_sound, listen):
    short = make_sound(0.3 * np.sin(np.arange(400) * 0.3))
    assert listen(client.post("/reconstruct?model=voices@1", content=short)).size == 400
    otherwise = "/reconstruct?model=voices@1&label=speaker:theo"
    heard = listen(client.post(otherwise, content=short))
    assert 400 < heard.size <= WINDOW
    told = client.post(otherwise, content=short, headers={"accept": "application/json"}).json()
    assert told["duration_s"] == pytest.approx(heard.size / 8000, abs=1e-4)
    point = {name: told[name] for name in ("z", "labels", "level_db", "duration_s")}
    again = listen(client.post("/generate", json={"model": "voices@1", **point}))
    np.testing.assert_allclose(again, heard, atol=1e-3)


@pytest.mark.parametrize(
    ("audio_format", "media_type"),
    [
        ("wav", "audio/wav"),
        ("wav-float", "audio/wav"),
        ("flac", "audio/flac"),
        ("ogg", "audio/ogg"),
        ("mp3", "audio/mpeg"),
        ("pcm", "audio/pcm"),
    ],
)
def test_every_format_decodes_to_sound(client, listen, audio_format, media_type):
    response = client.get(f"/sample?seed=3&format={audio_format}")
    assert response.headers["content-type"] == media_type
    assert listen(response).size > 100


def test_same_seed_gives_the_same_bytes_and_another_seed_others(client):
    first, again, other = (client.get(f"/sample?seed={seed}") for seed in (7, 7, 8))
    assert first.content == again.content != other.content
    assert first.headers["tonespace-seed"] == "7"


def test_without_a_seed_one_is_drawn_and_told(client):
    drawn, other = client.get("/sample"), client.get("/sample")
    seed = drawn.headers["tonespace-seed"]
    assert seed != other.headers["tonespace-seed"]
    assert client.get(f"/sample?seed={seed}").content == drawn.content
    assert f"seed-{seed}.wav" in drawn.headers["content-disposition"]


@pytest.mark.parametrize("model", ["voices", "voices@1", "plain"])
def test_the_headers_of_a_sample_lead_to_the_same_sound(client, listen, model):
    drawn = client.get(f"/sample?seed=11&model={model}")
    z = [float(v) for v in drawn.headers["tonespace-z"].split(",")]
    labels = json.loads(drawn.headers.get("tonespace-labels", "{}"))
    body = {"z": z, "labels": labels, "model": drawn.headers["tonespace-model"]}
    again = client.post("/generate", json=body)
    np.testing.assert_array_equal(listen(again), listen(drawn))
    assert again.headers["tonespace-z"] == drawn.headers["tonespace-z"]


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
    drawn = client.get("/sample?seed=5&temperature=0.1&label=digit:9")
    z = [float(v) for v in drawn.headers["tonespace-z"].split(",")]
    unasked = client.post("/generate", json={"z": z})
    assert json.loads(unasked.headers["tonespace-labels"]) == {"digit": "9", "speaker": "theo"}
    partly = client.post("/generate", json={"z": z, "labels": {"speaker": "jackson"}})
    assert json.loads(partly.headers["tonespace-labels"])["speaker"] == "jackson"


def test_labels_may_be_mixed(client, listen):
    z = [0.1, 0.2, 0.3, 0.4]
    mixed = client.post("/generate", json={"z": z, "labels": {"digit": {"7": 3, "9": 1}}})
    told = json.loads(mixed.headers["tonespace-labels"])
    assert told["digit"] == {"7": 0.75, "9": 0.25}
    pure = client.post("/generate", json={"z": z, "labels": {"digit": "7"}})
    assert listen(mixed).shape
    assert mixed.content != pure.content


def test_what_would_clip_is_scaled_down_instead(start, make_model, tmp_path, listen):
    make_model(tmp_path, "loud", level_db=12.0)
    client = start(models_dir=tmp_path, default_model="loud")
    waveform = listen(client.get("/sample?seed=1"))
    assert np.abs(waveform).max() == pytest.approx(0.99, abs=2 * PCM_STEP)


def test_models_tell_what_a_client_needs(client):
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


def test_every_answer_has_a_request_id_the_clients_where_it_is_one(client):
    assert client.get("/models", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    forged = client.get("/models", headers={"x-request-id": "a b\x1b"}).headers["x-request-id"]
    assert len(forged) == 32


def test_health_and_documents_answer(client):
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}
    assert client.get("/docs").status_code == 200
    assert client.get("/openapi.json").json()["info"]["title"] == "Tonespace"


def test_a_sample_has_the_level_of_the_models_clips(start, make_model, tmp_path, listen):
    for name, level_db in (("near", -20.0), ("far", -40.0)):
        make_model(tmp_path, name, level_db=level_db)
    client = start(models_dir=tmp_path, default_model="near")
    near, far = (listen(client.get(f"/sample?seed=1&format=wav-float&model={n}")) for n in ("near", "far"))
    ratio_db = 20 * np.log10(np.linalg.norm(near) / np.linalg.norm(far))
    assert ratio_db == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)


def test_a_form_is_never_written_to_disk(client, clip, make_sound, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    large = make_sound(np.tile(clip, 290), 8000, subtype="DOUBLE")  # 29 s, 1.8 MB: more than is spooled
    assert client.post("/encode", files={"audio": ("a.wav", large)}).json()["truncated"] is True
