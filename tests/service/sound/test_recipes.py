"""A file says how it was made, and asked for that again it is the same file, byte for byte."""

import base64
import hashlib
import json

import numpy as np
import pytest

from tonespace.recipe import read_recipe

JSON = {"accept": "application/json"}
FORMATS = ["wav", "wav-float", "flac", "ogg", "mp3"]


def again(client, recipe):
    """What the service answers to the request in a recipe."""
    if "query" in recipe:
        return client.get(recipe["path"], params=recipe["query"])
    return client.post(recipe["path"], json=recipe["body"])


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize(
    "query", ["seed=7", "seed=8&label=digit:7&phase=zero", "temperature=1.3", "model=plain"]
)
def test_a_sample_is_made_again_from_itself(client, audio_format, query):
    drawn = client.get(f"/sample?{query}&format={audio_format}")
    recipe = read_recipe(drawn.content)
    assert again(client, recipe).content == drawn.content
    assert again(client, json.loads(json.dumps(recipe))).content == drawn.content


def test_a_making_pins_the_model_and_writes_out_what_was_drawn(client):
    drawn = client.get("/sample?label=digit:7")
    recipe = read_recipe(drawn.content)
    assert recipe["path"] == "/sample"
    assert recipe["query"] == {
        "model": "voices@2",
        "seed": int(drawn.headers["tonespace-seed"]),
        "temperature": 0.7,
        "label": ["digit:7"],
        "format": "wav",
        "phase": "griffin-lim",
    }
    assert [f"{v:.9g}" for v in recipe["z"]] == drawn.headers["tonespace-z"].split(",")
    assert recipe["labels"] == json.loads(drawn.headers["tonespace-labels"])


@pytest.mark.parametrize(
    "asked",
    [
        {"z": [0.1, 0.2, 0.3, 1 / 3]},
        {"z": [0.1, 0.2, 0.3, 0.4], "labels": {"digit": {"0": 1, "7": 1, "9": 1}}, "level_db": -30.123},
        {"z": [1e6, 0, 0, -1e6], "model": "plain", "phase": "zero"},
        {"z": {"terms": [{"weight": 0.3, "z": [1, 2, 3, 4]}, {"weight": 1.7, "z": [0.1, 0.2, 0.3, 0.4]}]}},
    ],
)
def test_a_generated_sound_is_made_again_from_itself(client, asked):
    made = client.post("/generate", json=asked)
    assert again(client, read_recipe(made.content)).content == made.content


def test_a_sound_of_clips_is_made_again_without_the_clips(client, wav, clip, make_sound):
    other = base64.b64encode(make_sound(clip[::-1] / 7)).decode()
    first = base64.b64encode(wav).decode()
    total = {"z": {"terms": [{"weight": 0.7, "audio": first}, {"weight": 0.7, "audio": other}]}}
    walk = {"from": {"audio": first}, "to": {"audio": other}, "steps": 4}
    for made in (client.post("/generate", json=total), client.post("/morph", json=walk)):
        recipe = read_recipe(made.content)
        assert "audio" not in json.dumps(recipe)
        assert again(client, recipe).content == made.content


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_between_any_two_sounds_is_made_again_from_itself(client, seed):
    sounds = np.random.default_rng(seed).normal(0, 3, (2, 4)).round(7).tolist()
    walk = {"from": {"z": sounds[0], "labels": {"digit": {"0": 1, "7": 2}}}, "to": sounds[1], "steps": 3}
    made = client.post("/morph", json=walk)
    assert again(client, read_recipe(made.content)).content == made.content


def test_every_file_of_a_zip_and_every_step_is_made_again_from_itself(client):
    walk = {"from": [0] * 4, "to": [1] * 4, "steps": 3}
    several = client.get("/sample?seed=3&n=3", headers=JSON), client.post("/morph", json=walk, headers=JSON)
    for sound in [sound for answer in several for sound in answer.json()["sounds"]]:
        data = base64.b64decode(sound["audio"])
        assert again(client, read_recipe(data)).content == data


def test_a_reconstruction_names_its_upload_and_takes_it_to_be_made_again(client, wav):
    made = client.post("/reconstruct?label=speaker:theo&phase=input", content=wav)
    recipe = read_recipe(made.content)
    assert recipe["upload_sha256"] == hashlib.sha256(wav).hexdigest()
    assert recipe["query"]["model"] == "voices@2"
    assert client.post("/reconstruct", params=recipe["query"], content=wav).content == made.content
