"""The same sound as a file, as an image, as JSON or in a ZIP."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile
from PIL import Image

AUDIO, PNG, JSON = {"accept": "audio/*"}, {"accept": "image/png"}, {"accept": "application/json"}
Z = [0.1, 0.2, -0.3, 0.4]


def every_sound(client, wav, headers):
    """/sample, /generate, /reconstruct and /morph, asked for one sound."""
    return [
        client.get("/sample?seed=7", headers=headers),
        client.post("/generate", json={"z": Z}, headers=headers),
        client.post("/reconstruct", content=wav, headers=headers),
        client.post("/morph", json={"from": Z, "to": [1, 1, 1, 1], "steps": 3}, headers=headers),
    ]


def decoded(sound):
    return soundfile.read(io.BytesIO(base64.b64decode(sound["audio"])), dtype="float32")[0]


def sounds_of(archive):
    assert archive.headers["content-type"] == "application/zip"
    assert int(archive.headers["content-length"]) == len(archive.content)
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_every_sound_is_an_image_too(client, wav):
    for answer in every_sound(client, wav, PNG):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].endswith('.png"')
        assert answer.headers["tonespace-model"] == "voices@2"
        image = Image.open(io.BytesIO(answer.content))
        assert image.size == (960, 540)
        pixels = np.asarray(image.convert("RGB"))
        assert (pixels[0] > 240).all()  # light around the plot
        assert len(np.unique(pixels[66:470, 84:824].reshape(-1, 3), axis=0)) > 50


def test_json_contains_the_same_file_and_the_same_facts_as_the_headers(client, wav, listen):
    for file, data in zip(every_sound(client, wav, AUDIO), every_sound(client, wav, JSON), strict=True):
        sound = data.json()
        if "sounds" in sound:  # the steps of a morph
            continue
        assert base64.b64decode(sound["audio"]) == file.content
        assert [f"{v:.9g}" for v in sound["z"]] == file.headers["tonespace-z"].split(",")
        assert sound["model"] == file.headers["tonespace-model"]
        assert sound["sample_rate"] == 8000
        assert sound["duration_s"] == pytest.approx(listen(file).size / 8000)
        assert sound["format"] == "wav"
        hard = {n: max(w, key=w.get) for n, w in sound["labels"].items()}
        assert set(hard) == set(json.loads(file.headers["tonespace-labels"]))


def test_a_sample_as_json_has_its_seed_and_can_be_generated(client, listen):
    sound = client.get("/sample?seed=9&format=flac", headers=JSON).json()
    assert (sound["seed"], sound["format"], sound["quality"]) == (9, "flac", None)
    assert sound["level_db"] == -12
    body = {name: sound[name] for name in ("z", "labels", "model", "format")}
    np.testing.assert_array_equal(listen(client.post("/generate", json=body)), decoded(sound))


def test_a_reconstruction_as_json_has_its_quality(client, clip, make_sound):
    good = client.post("/reconstruct", content=make_sound(clip), headers=JSON).json()["quality"]
    assert 0 < good["log_spectral_distance_db"] < 80
    assert 0 < good["spectral_convergence"] < 3


def test_several_samples_are_a_zip_of_files_that_can_each_be_made_alone(client):
    archive = client.get("/sample?seed=5&n=3&label=digit:7")
    assert archive.headers["content-disposition"] == 'inline; filename="voices-seed-5-n-3.zip"'
    assert archive.headers["tonespace-seed"] == "5"
    files = sounds_of(archive)
    assert list(files) == [f"0{i}-voices-seed-{4 + i}.wav" for i in (1, 2, 3)]
    for seed, data in zip((5, 6, 7), files.values(), strict=True):
        assert data == client.get(f"/sample?seed={seed}&label=digit:7").content


def test_several_samples_as_json_are_in_the_same_order(client):
    sounds = client.get("/sample?seed=5&n=3&format=ogg", headers=JSON).json()["sounds"]
    assert [s["seed"] for s in sounds] == [5, 6, 7]
    files = list(sounds_of(client.get("/sample?seed=5&n=3&format=ogg")).values())
    assert [base64.b64decode(s["audio"]) for s in sounds] == files
    assert all(decoded(s).size > 100 for s in sounds)


def test_the_last_seed_is_followed_by_the_first(client):
    sounds = client.get(f"/sample?seed={2**53 - 1}&n=2", headers=JSON).json()["sounds"]
    assert [s["seed"] for s in sounds] == [2**53 - 1, 0]


def test_sixty_four_samples_are_sixty_four_files(client):
    assert len(sounds_of(client.get("/sample?seed=1&n=64&format=mp3"))) == 64


def test_several_points_are_a_zip_in_their_order(client):
    zs = [[0.1 * i, 0, 1, -1] for i in range(12)]
    archive = client.post("/generate", json={"z": zs, "labels": {"digit": "9"}})
    files = sounds_of(archive)
    assert list(files)[::11] == ["01-voices-generated.wav", "12-voices-generated.wav"]
    for z, data in zip(zs, files.values(), strict=True):
        assert data == client.post("/generate", json={"z": z, "labels": {"digit": "9"}}).content
    assert "tonespace-z" not in archive.headers
    (only,) = sounds_of(client.post("/generate", json={"z": zs[:1]})).values()
    assert only == client.post("/generate", json={"z": zs[0]}).content


def test_a_level_can_be_asked_of_a_point(client, listen):
    bodies = [{"z": Z, "format": "wav-float", "level_db": level_db} for level_db in (-20, -40)]
    near, far = (listen(client.post("/generate", json=body)) for body in bodies)
    assert 20 * np.log10(np.linalg.norm(near) / np.linalg.norm(far)) == pytest.approx(20, abs=0.1)


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
