"""Morphs between points and sounds, and weighted sums of them."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from audio.formats import AudioLimits
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from service.contract.bodies import MorphBody
from service.errors import MorphTooLongError
from service.sound import recipes
from service.sound.latent import interpolate
from service.sound.morph import join
from service.sound.steps import next_step

JSON = {"accept": "application/json"}
FROM, TO = [2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]
JUMP_ALLOWANCE = 1.2  # times the largest step between samples that the sounds themselves have
FLOAT32 = 1e-6


def coded(data):
    return {"audio": base64.b64encode(data).decode()}


def steps_of(client, body):
    return client.post("/morph", json=body, headers=JSON).json()["sounds"]


def decoded(sound):
    return soundfile.read(io.BytesIO(base64.b64decode(sound["audio"])), dtype="float32")[0]


def test_a_morph_that_would_fill_the_memory_is_refused(store, monkeypatch):
    monkeypatch.setattr("service.sound.morph.MAX_CELLS", 33 * 64 * 8)  # eight windows of the tiny model
    body = MorphBody.model_validate({"from": FROM, "to": TO, "steps": 9})
    with pytest.raises(MorphTooLongError, match="at most 8"):
        next(recipes.morph(store.get("voices"), body, AudioLimits(), as_steps=False))
    next_step(recipes.morph(store.get("voices"), body, AudioLimits(), as_steps=True))
    shorter = body.model_copy(update={"steps": 8})
    with pytest.raises(StopIteration):
        next(recipes.morph(store.get("voices"), shorter, AudioLimits(), as_steps=False))


def test_a_morph_is_one_sound_longer_than_its_steps(client, listen):
    morph = client.post("/morph", json={"from": FROM, "to": TO, "steps": 6})
    assert morph.headers["content-disposition"] == 'inline; filename="voices-morph.wav"'
    assert "tonespace-z" not in morph.headers
    longest = max(decoded(step).size for step in steps_of(client, {"from": FROM, "to": TO, "steps": 6}))
    assert longest < listen(morph).size < 6 * 1024


@pytest.mark.parametrize("phase", ["griffin-lim", "gradient", "zero"])
def test_a_morph_jumps_no_further_than_its_sounds_do(client, listen, phase):
    body = {"from": FROM, "to": TO, "steps": 12, "format": "wav-float", "phase": phase}
    morph = listen(client.post("/morph", json=body))
    largest = max(np.abs(np.diff(decoded(step))).max() for step in steps_of(client, body))
    assert np.abs(np.diff(morph)).max() < JUMP_ALLOWANCE * largest


def test_joined_tones_do_not_click_where_joined_waveforms_do():
    config = SpectrogramConfig(n_frames=60)
    t = np.arange(config.n_samples) / config.sample_rate
    tones = [(0.5 * np.sin(2 * np.pi * hz * t + 1.5)).astype(np.float32) for hz in (151.0, 187.0, 223.0)]
    magnitudes = [np.abs(SpectrogramTransform(config).stft(tone)) for tone in tones]
    joined = join(magnitudes, 8)
    assert joined.shape == (129, 3 * 60 - 2 * 8)
    long = SpectrogramTransform(config.model_copy(update={"n_frames": joined.shape[1]}))
    inside = slice(400, -400)  # a tone that begins at once has an edge of its own
    morph = long.resynthesise(joined)[inside]
    own = max(np.abs(np.diff(tone)).max() for tone in tones)
    naive = np.abs(np.diff(np.concatenate(tones))).max()
    assert naive > 3 * own  # an audible click
    assert np.abs(np.diff(morph)).max() < JUMP_ALLOWANCE * own
    level = np.sqrt(np.convolve(morph**2, np.ones(400) / 400, "valid"))
    assert level.min() > 0.5 * np.median(level)  # no hole at a seam
    assert level.max() < 1.5 * np.median(level)


def test_the_steps_of_a_morph_start_and_end_at_its_ends_and_can_be_generated(client):
    steps = steps_of(client, {"from": FROM, "to": TO, "steps": 5})
    assert (steps[0]["z"], steps[-1]["z"]) == (FROM, TO)
    for step in steps:
        body = {k: step[k] for k in ("z", "labels", "model", "level_db")}
        assert client.post("/generate", json=body).content == base64.b64decode(step["audio"])


def test_a_line_is_straight_and_an_arc_turns_evenly(client):
    line = [step["z"] for step in steps_of(client, {"from": FROM, "to": TO, "steps": 3, "method": "lerp"})]
    np.testing.assert_allclose(line[1], [1, 0.5, 0, 0], atol=FLOAT32)
    arc = [step["z"] for step in steps_of(client, {"from": FROM, "to": TO, "steps": 3})]
    np.testing.assert_allclose(arc[1], [1.5 / 2**0.5, 1.5 / 2**0.5, 0, 0], atol=FLOAT32)


@pytest.mark.parametrize(
    ("start", "end"), [([0, 0], [1, 2]), ([1, 2], [2, 4]), ([1, 2], [-1, -2]), ([0, 0], [0, 0])]
)
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_an_arc_that_does_not_exist_is_a_line(start, end, share):
    a, b = np.array(start, np.float32), np.array(end, np.float32)
    np.testing.assert_allclose(interpolate(a, b, share, "slerp"), (1 - share) * a + share * b, atol=FLOAT32)


def test_labels_of_points_are_those_of_the_likeliest_clips_or_as_asked(client):
    ends = {
        "from": {"z": FROM, "labels": {"digit": "0", "speaker": "theo"}},
        "to": {"z": TO, "labels": {"digit": "7", "speaker": "theo"}},
    }
    steps = steps_of(client, {**ends, "steps": 3})
    assert [step["labels"]["digit"] for step in steps] == [{"0": 1}, {"0": 0.5, "7": 0.5}, {"7": 1}]
    assert all(step["labels"]["speaker"] == {"theo": 1} for step in steps)
    asked = steps_of(client, {**ends, "steps": 3, "labels": {"digit": "9"}})
    assert all(step["labels"]["digit"] == {"9": 1} for step in asked)
    free = steps_of(client, {"from": FROM, "to": TO, "steps": 2})
    likeliest = json.loads(client.post("/generate", json={"z": TO}).headers["tonespace-labels"])
    assert {name: next(iter(w)) for name, w in free[1]["labels"].items()} == likeliest


def test_between_clips_recognised_labels_and_levels_change_evenly(client, clip, make_sound):
    ends = [make_sound(w, subtype="FLOAT") for w in (clip, clip[::-1] / 10)]
    encoded = [client.post("/encode", content=end).json() for end in ends]
    steps = steps_of(client, {"from": coded(ends[0]), "to": coded(ends[1]), "steps": 3})
    for i, end in ((0, encoded[0]), (2, encoded[1])):
        assert steps[i]["z"] == end["z_mean"]
        assert steps[i]["level_db"] == end["level_db"]
    for name, values in encoded[0]["labels"].items():
        for value, weight in values.items():
            halfway = (weight + encoded[1]["labels"][name][value]) / 2
            assert steps[1]["labels"][name][value] == pytest.approx(halfway, abs=FLOAT32)
    assert steps[1]["level_db"] == pytest.approx(
        (encoded[0]["level_db"] + encoded[1]["level_db"]) / 2, abs=0.01
    )


def test_the_steps_are_also_a_zip(client):
    answer = client.post("/morph", json={"from": FROM, "to": TO}, headers={"accept": "application/zip"})
    assert answer.headers["content-disposition"] == 'inline; filename="voices-morph.zip"'
    assert answer.content.startswith(b"PK")


def test_a_model_without_labels_morphs_too(client, listen):
    listen(client.post("/morph", json={"from": FROM, "to": TO, "model": "plain", "format": "flac"}))


def test_a_sum_of_points_is_the_point(client):
    terms = [{"weight": 1.5, "z": FROM}, {"weight": -0.5, "z": TO}]
    answer = client.post("/generate", json={"z": {"terms": terms}})
    assert [float(number) for number in answer.headers["tonespace-z"].split(",")] == [3, -0.5, 0, 0]
    assert answer.content == client.post("/generate", json={"z": [3, -0.5, 0, 0]}).content


def test_a_clip_counts_as_its_z_mean(client, wav):
    z_mean = np.array(client.post("/encode", content=wav).json()["z_mean"])
    terms = [{"weight": 1, "z": FROM}, {"weight": -1, **coded(wav)}, {"weight": 1, "z": TO}]
    total = client.post("/generate", json={"z": {"terms": terms}}, headers=JSON).json()
    np.testing.assert_allclose(total["z"], np.array(FROM) - z_mean + TO, atol=1e-5)
