"""Labels that are numbers, and labels that no training clip has together, through the real application."""

import json

import numpy as np
import pytest

LEVEL_TOLERANCE_DB = 0.6  # clips of the neighbouring pitches count a little


def labels_of(response):
    assert response.status_code == 200, response.text
    return json.loads(response.headers["tonespace-labels"])


def sampled(client, query):
    return client.get(f"/sample?seed=3&{query}", headers={"Accept": "application/json"}).json()


def test_the_model_says_which_labels_are_numbers(notes):
    model = notes.get("/models/notes").json()
    assert model["numbers"] == {"pitch": "MIDI note"}
    assert notes.get("/models/notes/map").json()["numbers"] == ["pitch"]


@pytest.mark.parametrize(
    ("asked", "weights"),
    [("61", "61"), ("61.0", "61"), ("61.25", {"61": 0.75, "62": 0.25}), ("63", {"62": 0.5, "64": 0.5})],
)
def test_a_sample_may_lie_between_two_values_of_a_number(notes, asked, weights):
    assert labels_of(notes.get(f"/sample?seed=1&label=pitch:{asked}"))["pitch"] == weights


def test_a_number_in_json_is_a_number(notes):
    body = {"z": [0.1, 0.2, 0.3, 0.4], "labels": {"instrument": "flute", "pitch": 60.5}}
    assert labels_of(notes.post("/generate", json=body))["pitch"] == {"60": 0.5, "61": 0.5}


def test_weights_of_a_number_mean_the_number_between(notes):
    body = {"z": [0.1, 0.2, 0.3, 0.4], "labels": {"instrument": "flute", "pitch": {"60": 3, "62": 1}}}
    assert labels_of(notes.post("/generate", json=body))["pitch"] == {"60": 0.5, "61": 0.5}


@pytest.mark.parametrize("asked", ["high", "65", "59.9", "nan", "inf", "6_2", ""])
def test_a_number_that_is_not_on_the_scale_is_refused_with_the_scale(notes, refused, asked):
    problem = refused(notes.get(f"/sample?label=pitch:{asked}"), 422, "label-number")
    assert "from 60 to 64 (MIDI note)" in problem["detail"]


def test_without_a_number_a_sample_has_that_of_the_clip_it_comes_from(notes):
    pitches = {labels_of(notes.get(f"/sample?seed={s}&label=instrument:violin"))["pitch"] for s in range(12)}
    assert pitches == {"60", "61"}


@pytest.mark.parametrize(("pitch", "level_db"), [("60", -20), ("61", -19), ("61.5", -18.5), ("64", -17)])
def test_a_sample_is_as_loud_as_the_clips_of_its_number(notes, pitch, level_db):
    answer = sampled(notes, f"label=instrument:flute&label=pitch:{pitch}")
    assert abs(answer["level_db"] - level_db) < LEVEL_TOLERANCE_DB


def test_the_point_of_a_sample_is_generated_at_its_level_again(notes, listen):
    first = notes.get("/sample?seed=2&label=instrument:flute&label=pitch:60.5")
    z = [float(v) for v in first.headers["tonespace-z"].split(",")]
    again = notes.post("/generate", json={"z": z, "labels": labels_of(first)})
    np.testing.assert_array_equal(listen(again), listen(first))


def test_a_number_that_no_clip_has_is_answered_from_the_nearest_and_says_so(notes):
    far = sampled(notes, "label=instrument:violin&label=pitch:64")
    assert far["nearest"]["instrument"] == "violin"
    assert far["nearest"]["pitch"] in ("60", "61")
    assert far["labels"] == {"instrument": {"violin": 1.0}, "pitch": {"64": 1.0}}
    response = notes.get("/sample?seed=3&label=instrument:violin&label=pitch:64")
    assert json.loads(response.headers["tonespace-nearest"]) == far["nearest"]


@pytest.mark.parametrize("query", ["label=instrument:flute&label=pitch:64", "label=pitch:60.5", ""])
def test_a_sample_that_clips_have_the_labels_of_has_no_nearest(notes, query):
    assert sampled(notes, query)["nearest"] is None
    assert "tonespace-nearest" not in notes.get(f"/sample?seed=3&{query}").headers


def test_names_that_no_clip_has_together_are_converted_from_the_nearest(client):
    answer = sampled(client, "label=digit:9&label=speaker:jackson")
    assert answer["labels"] == {"digit": {"9": 1.0}, "speaker": {"jackson": 1.0}}
    assert answer["nearest"] in (
        {"digit": d, "speaker": s} for d, s in (("9", "theo"), ("0", "jackson"), ("7", "jackson"))
    )


def test_a_path_from_pitch_to_pitch_passes_through_those_between(notes):
    z = [0.1, 0.2, 0.3, 0.4]
    ends = [{"z": z, "labels": {"instrument": "flute", "pitch": pitch}} for pitch in ("60", "62")]
    body = {"from": ends[0], "to": ends[1], "steps": 5}
    steps = notes.post("/morph", json=body, headers={"Accept": "application/json"}).json()["sounds"]
    assert [step["labels"]["pitch"] for step in steps] == [
        {"60": 1.0},
        {"60": 0.5, "61": 0.5},
        {"61": 1.0},
        {"61": 0.5, "62": 0.5},
        {"62": 1.0},
    ]


def test_a_replica_has_one_number_and_can_have_another(notes, wav):
    own = labels_of(notes.post("/reconstruct", content=wav))["pitch"]
    assert isinstance(own, str) or len(own) == 2
    other = labels_of(notes.post("/reconstruct?label=pitch:61.5", content=wav))
    assert other["pitch"] == {"61": 0.5, "62": 0.5}


def test_the_title_of_a_spectrogram_names_the_number(notes):
    response = notes.get("/sample?seed=1&label=pitch:60.5", headers={"Accept": "image/png"})
    assert response.status_code == 200
