"""Uploads encoded, reconstructed and converted, through the real application."""

import json

import numpy as np
import onnxruntime
import pytest

from audio.files import read_audio
from audio.formats import AudioLimits
from audio.latents import LatentMixture
from audio.model_directory import load_latents, load_manifest
from audio.refinement import refined
from audio.spectrogram import SpectrogramTransform

WINDOW = 1024  # samples
LEVEL_TOLERANCE_DB = 0.1
Z_TOLERANCE = 1e-4
VALLEY = (0.5, -0.5, 0.25, 0.0)  # where the steps of the tiny refiner lead


def test_encode_returns_the_posterior_labels_and_level(client, wav):
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
    expected = refined(image[None, ..., None], guess, lambda _, z: np.float32(VALLEY) - z, manifest.refiner)
    np.testing.assert_allclose(answer["z_mean"], expected[0], atol=1e-4)
    assert np.abs(expected - guess).max() > 0.1


def test_an_autoencoder_has_no_variance_and_no_labels(client, wav):
    answer = client.post("/encode?model=plain", content=wav).json()
    assert answer["z_log_var"] is None
    assert answer["labels"] == {}


def test_a_quieter_clip_has_the_same_coordinates_and_a_lower_level(client, clip, make_sound):
    loud, quiet = (
        client.post("/encode", content=make_sound(w, subtype="FLOAT")).json() for w in (clip, clip / 10)
    )
    np.testing.assert_allclose(quiet["z_mean"], loud["z_mean"], atol=1e-4)
    assert loud["level_db"] - quiet["level_db"] == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)


def test_a_clip_longer_than_the_window_is_cut_which_is_reported(client, make_sound, listen):
    long = make_sound(0.3 * np.sin(np.arange(16_000) * 0.3))
    assert client.post("/encode", content=long).json()["truncated"] is True
    assert listen(client.post("/reconstruct", content=long)).size == WINDOW


def test_stereo_at_another_rate_is_encoded_too(client, make_sound):
    t = np.arange(4410) / 44_100
    stereo = np.stack([np.sin(2 * np.pi * 440 * t)] * 2, axis=1) * 0.3
    answer = client.post("/encode", content=make_sound(stereo, 44_100, format="FLAC")).json()
    assert answer["duration_s"] == pytest.approx(0.1)


@pytest.mark.parametrize("phase", ["griffin-lim", "gradient", "zero", "input"])
def test_a_reconstruction_has_the_duration_of_the_upload(client, wav, listen, phase):
    response = client.post(f"/reconstruct?phase={phase}", content=wav)
    assert listen(response).size == 800
    assert response.headers["content-disposition"] == 'inline; filename="voices-reconstruction.wav"'


def test_a_quieter_clip_comes_back_quieter_by_as_much(client, clip, make_sound, listen):
    bodies = [make_sound(w, subtype="FLOAT") for w in (clip / 4, clip / 40)]
    loud, quiet = (listen(client.post("/reconstruct?format=wav-float", content=b)) for b in bodies)
    ratio_db = 20 * np.log10(np.linalg.norm(loud) / np.linalg.norm(quiet))
    assert ratio_db == pytest.approx(20, abs=LEVEL_TOLERANCE_DB)


def test_a_reconstruction_can_be_converted_to_another_speaker(client, wav):
    unchanged = client.post("/reconstruct", content=wav)
    as_theo = client.post("/reconstruct?label=speaker:theo", content=wav)
    assert isinstance(json.loads(unchanged.headers["tonespace-labels"])["speaker"], dict)
    assert json.loads(as_theo.headers["tonespace-labels"])["speaker"] == "theo"
    assert as_theo.content != unchanged.content


@pytest.mark.parametrize("label", ["", "?label=speaker:theo"])
def test_a_replica_is_a_point_at_its_level_and_as_long(client, wav, listen, label):
    """So that a link to the point brings it back, without the upload."""
    sound = client.post(f"/reconstruct{label}", content=wav, headers={"accept": "application/json"}).json()
    point = {"z": sound["z"], "labels": sound["labels"], "level_db": sound["level_db"]}
    again = client.post("/generate", json={**point, "duration_s": sound["duration_s"], "format": "wav-float"})
    replica = client.post(f"/reconstruct{label or '?'}&format=wav-float", content=wav)
    assert listen(again).tobytes() == listen(replica).tobytes()
    assert listen(client.post("/generate", json=point)).size <= WINDOW


def test_a_reconstruction_reports_that_the_upload_was_cut(client, wav, make_sound):
    long = make_sound(0.3 * np.sin(np.arange(16_000) * 0.3))
    for upload, truncated in ((wav, False), (long, True)):
        answer = client.post("/reconstruct", content=upload)
        assert answer.headers["tonespace-truncated"] == str(truncated).lower()
        sound = client.post("/reconstruct", content=upload, headers={"accept": "application/json"}).json()
        assert sound["truncated"] is truncated
    assert "tonespace-truncated" not in client.get("/sample?seed=7").headers


def test_conversion_to_another_speaker_moves_z_to_the_clips_of_that_speaker(client, models_dir, wav):
    encoded = client.post("/encode?model=voices@2", content=wav).json()
    as_theo = client.post("/reconstruct?model=voices@2&label=speaker:theo", content=wav)
    directory = models_dir / "voices" / "2"
    manifest = load_manifest(directory)
    mixture = LatentMixture(load_latents(directory, manifest), manifest.latent_distribution)
    label_sets = [encoded["labels"], encoded["labels"] | {"speaker": {"theo": 1.0}}]
    weights = [
        {
            name: np.array([labels[name].get(value, 0.0) for value in values], np.float32)
            for name, values in manifest.labels.items()
        }
        for labels in label_sets
    ]
    expected = mixture.converted(np.array(encoded["z_mean"], np.float32), *weights)
    assert np.abs(expected - encoded["z_mean"]).max() > 10 * Z_TOLERANCE
    z = [float(value) for value in as_theo.headers["tonespace-z"].split(",")]
    np.testing.assert_allclose(z, expected, atol=Z_TOLERANCE)


def test_a_conversion_lasts_until_its_sound_ends(client, make_sound, listen):
    short = make_sound(0.3 * np.sin(np.arange(400) * 0.3))
    assert listen(client.post("/reconstruct?model=voices@1", content=short)).size == 400
    converted = "/reconstruct?model=voices@1&label=speaker:theo"
    encoded = listen(client.post(converted, content=short))
    assert 400 < encoded.size <= WINDOW
    sound = client.post(converted, content=short, headers={"accept": "application/json"}).json()
    assert sound["duration_s"] == pytest.approx(encoded.size / 8000, abs=1e-4)
    point = {name: sound[name] for name in ("z", "labels", "level_db", "duration_s")}
    again = listen(client.post("/generate", json={"model": "voices@1", **point}))
    np.testing.assert_allclose(again, encoded, atol=1e-3)
