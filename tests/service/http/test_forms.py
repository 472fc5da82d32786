"""The same sound as a file, a picture, data or one of several, as the Accept header likes best."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile
from PIL import Image

from service.http.negotiation import accepts_gzip, choose
from service.sound.colour_map import colour_map
from service.sound.picture import round_ticks, spectrogram_png
from service.sound.synthesis import compare

AUDIO, PNG, JSON = {"accept": "audio/*"}, {"accept": "image/png"}, {"accept": "application/json"}
Z = [0.1, 0.2, -0.3, 0.4]
LIGHTNESS_STEP_TOLERANCE = 0.004  # of OKLab, out of 1: rounding to 8 bits


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


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "audio/wav"),
        ("*/*", "audio/wav"),
        ("image/png", "image/png"),
        ("image/*", "image/png"),
        ("application/json", "application/json"),
        ("application/json, audio/wav", "audio/wav"),
        ("audio/wav;q=0.5, application/json;q=0.6", "application/json"),
        ("audio/wav;q=0.5, */*;q=0.4", "audio/wav"),
        ("audio/wav;q=0, */*", "image/png"),
        ("IMAGE/PNG;Q=1", "image/png"),
        ("audio/*;q=0.2, audio/wav;q=0.9, image/png;q=0.8", "audio/wav"),
        ("image/avif,image/webp,image/*,*/*;q=0.8", "image/png"),  # a browser's <img>
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "audio/wav"),  # its address bar
        ("audio/wav;q=high, application/json;q=0.1", "application/json"),
    ],
)
def test_the_form_of_the_highest_weight_is_answered(client, accept, chosen):
    answer = client.get("/sample?seed=2", headers={} if accept is None else {"accept": accept})
    assert answer.headers["content-type"] == chosen
    assert answer.headers["vary"] == "Accept"
    assert choose(accept, ["audio/wav", "image/png", "application/json"]) == chosen


@pytest.mark.parametrize(
    ("header", "accepted"),
    [(None, False), ("", False), ("br, gzip", True), ("gzip;q=0", False), ("GZIP;q=0.5", True)],
)
def test_gzip_is_for_who_asks(header, accepted):
    assert accepts_gzip(header) is accepted


def test_every_sound_is_a_picture_too(client, wav):
    for answer in every_sound(client, wav, PNG):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].endswith('.png"')
        assert answer.headers["tonespace-model"] == "voices@2"
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.size == (960, 540)
        pixels = np.asarray(picture.convert("RGB"))
        assert (pixels[0] > 240).all()  # light around the plot
        assert len(np.unique(pixels[66:470, 84:824].reshape(-1, 3), axis=0)) > 50


def test_a_tone_is_bright_at_its_frequency_and_nowhere_else(client):
    model = client.app.state.runtime.store.get("voices")
    tone = (0.5 * np.sin(2 * np.pi * 3000 * np.arange(900) / 8000)).astype(np.float32)
    pixels = np.asarray(Image.open(io.BytesIO(spectrogram_png(tone, model, "a tone"))))
    brightness = pixels[66:470, 84:824].astype(float).sum(axis=2)[:, 200:500].mean(axis=1)  # not its ends
    hz = 4000 * (1 - (np.arange(404) + 0.5) / 404)
    assert hz[brightness.argmax()] == pytest.approx(3000, abs=8000 / 64)  # one bin
    assert brightness[(hz < 2000)].max() < 0.5 * brightness.max()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1.024, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 4000, [0, 1000, 2000, 3000, 4000]),
        (0, 22_050, [0, 5000, 10_000, 15_000, 20_000]),
        (-107.5, -27.5, [-100, -80, -60, -40]),
        (0, 0.128, [0, 0.05, 0.1]),
    ],
)
def test_ticks_are_round_numbers_inside_the_axis(low, high, ticks):
    assert round_ticks(low, high) == ticks


def test_equal_steps_in_level_are_equal_steps_in_lightness():
    srgb = colour_map() / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lightness = np.cbrt(linear @ np.transpose(to_cones)) @ [0.2105, 0.7936, -0.0041]
    steps = np.diff(lightness)
    assert np.abs(steps[20:] - np.median(steps)).max() < LIGHTNESS_STEP_TOLERANCE
    assert lightness[0] < 0.15
    assert lightness[-1] > 0.95


def test_data_holds_the_very_file_and_what_its_headers_say(client, wav, listen):
    for file, data in zip(every_sound(client, wav, AUDIO), every_sound(client, wav, JSON), strict=True):
        told = data.json()
        if "sounds" in told:  # the steps of a walk
            continue
        assert base64.b64decode(told["audio"]) == file.content
        assert [f"{v:.9g}" for v in told["z"]] == file.headers["tonespace-z"].split(",")
        assert told["model"] == file.headers["tonespace-model"]
        assert told["sample_rate"] == 8000
        assert told["duration_s"] == pytest.approx(listen(file).size / 8000)
        assert told["format"] == "wav"
        hard = {n: max(w, key=w.get) for n, w in told["labels"].items()}
        assert set(hard) == set(json.loads(file.headers["tonespace-labels"]))


def test_a_sample_as_data_tells_its_seed_and_can_be_generated(client, listen):
    told = client.get("/sample?seed=9&format=flac", headers=JSON).json()
    assert (told["seed"], told["format"], told["quality"]) == (9, "flac", None)
    assert told["level_db"] == -12
    body = {name: told[name] for name in ("z", "labels", "model", "format")}
    np.testing.assert_array_equal(listen(client.post("/generate", json=body)), decoded(told))


def test_a_replica_tells_how_good_it_is(client, clip, make_sound):
    good = client.post("/reconstruct", content=make_sound(clip), headers=JSON).json()["quality"]
    assert 0 < good["log_spectral_distance_db"] < 80
    assert 0 < good["spectral_convergence"] < 3


def test_the_quality_of_a_copy_is_perfect_and_half_as_loud_is_six_decibels_off(client, clip):
    model = client.app.state.runtime.store.get("voices")
    original, _ = model.transform.fit_length(clip)
    assert compare(model, original, clip) == (0, 0)
    halved = compare(model, original, clip / 2)
    assert halved.spectral_convergence == pytest.approx(0.5, abs=1e-4)
    assert halved.log_spectral_distance_db == pytest.approx(6.02, abs=0.01)


def sounds_of(archive):
    assert archive.headers["content-type"] == "application/zip"
    assert int(archive.headers["content-length"]) == len(archive.content)
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_several_samples_are_a_zip_of_files_that_can_each_be_made_alone(client):
    archive = client.get("/sample?seed=5&n=3&label=digit:7")
    assert archive.headers["content-disposition"] == 'inline; filename="voices-seed-5-n-3.zip"'
    assert archive.headers["tonespace-seed"] == "5"
    files = sounds_of(archive)
    assert list(files) == [f"0{i}-voices-seed-{4 + i}.wav" for i in (1, 2, 3)]
    for seed, data in zip((5, 6, 7), files.values(), strict=True):
        assert data == client.get(f"/sample?seed={seed}&label=digit:7").content


def test_several_samples_as_data_are_in_the_same_order(client):
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
    "path", ["/sample?seed=7", "/models", "/models/voices/map", "/health/live", "/metrics", "/"]
)
def test_head_tells_what_get_would_and_nothing_more(client, path):
    head, get = client.request("HEAD", path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    for name in ("content-type", "etag"):
        assert head.headers.get(name) == get.headers.get(name)
    assert head.headers["content-length"] > "0"


def test_head_of_what_has_no_get_is_refused(client):
    response = client.request("HEAD", "/encode")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_a_list_on_two_lines_of_a_header_is_one_list(client):
    lines = [("accept", "text/html"), ("accept", "image/png")]
    assert client.get("/sample?seed=7", headers=lines).headers["content-type"] == "image/png"
    tag = client.get("/sample?seed=7").headers["etag"]
    lines = [("if-none-match", '"another"'), ("if-none-match", tag)]
    assert client.get("/sample?seed=7", headers=lines).status_code == 304
