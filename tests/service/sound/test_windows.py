"""The part of an upload that the model gets: from the onset of its sound, or from where the request says."""

import base64

import numpy as np
import pytest

JSON = {"accept": "application/json"}
RATE_HZ = 8000
WINDOW_S = 0.128
PRE_ROLL_S = 0.02
STEP_16_BIT = 2.0**-15


@pytest.fixture(scope="module")
def tone():
    return 0.3 * np.sin(np.arange(600) * 0.3) * np.hanning(600)


def padded(tone, seconds):
    return np.r_[np.zeros(int(seconds * RATE_HZ)), tone]


def encoded(client, sound, query=""):
    answer = client.post(f"/encode{query}", content=sound)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("lead_s", [0.5, 1.0, 20.0])
def test_a_sound_that_begins_late_has_the_same_coordinates(client, make_sound, tone, lead_s):
    early = encoded(client, make_sound(padded(tone, PRE_ROLL_S)))
    late = encoded(client, make_sound(padded(tone, lead_s)))
    assert early["offset_s"] == pytest.approx(0, abs=0.011)
    assert late["offset_s"] == pytest.approx(lead_s - PRE_ROLL_S + early["offset_s"], abs=0.001)
    assert late["duration_s"] == pytest.approx(lead_s + tone.size / RATE_HZ)
    np.testing.assert_allclose(late["z_mean"], early["z_mean"], atol=1e-4)


def test_start_s_chooses_the_window(client, make_sound, tone):
    two = make_sound(np.r_[tone, np.zeros(4000), np.flip(tone) ** 2])
    start_s = (tone.size + 4000) / RATE_HZ
    chosen = encoded(client, two, f"?start_s={start_s}")
    assert chosen["offset_s"] == start_s
    np.testing.assert_allclose(
        chosen["z_mean"], encoded(client, make_sound(np.flip(tone) ** 2), "?start_s=0")["z_mean"], atol=1e-4
    )
    assert encoded(client, two)["offset_s"] == 0
    assert encoded(client, two, "?start_s=0")["truncated"] is True
    assert chosen["truncated"] is False


def test_start_s_in_bodies_chooses_the_window_of_a_file(client, make_sound, tone):
    sound = make_sound(np.r_[tone, np.zeros(4000), np.flip(tone) ** 2])
    audio, start_s = base64.b64encode(sound).decode(), (tone.size + 4000) / RATE_HZ
    expected = encoded(client, sound, f"?start_s={start_s}")["z_mean"]
    body = {"from": {"audio": audio, "start_s": start_s}, "to": {"audio": audio}, "steps": 2}
    steps = client.post("/morph", json=body, headers=JSON).json()["sounds"]
    np.testing.assert_allclose(steps[0]["z"], expected, atol=1e-5)
    np.testing.assert_allclose(steps[1]["z"], encoded(client, sound)["z_mean"], atol=1e-5)
    terms = [{"weight": 1, "audio": audio, "start_s": start_s}]
    combined = client.post("/generate", json={"z": {"terms": terms}}, headers=JSON).json()
    np.testing.assert_allclose(combined["z"], expected, atol=1e-5)


def test_a_replica_begins_at_the_onset(client, make_sound, tone, listen):
    sound = make_sound(padded(tone, 1.0))
    answer = client.post("/reconstruct", content=sound)
    offset_s = float(answer.headers["tonespace-offset"])
    assert listen(answer).size == pytest.approx((1.0 - offset_s) * RATE_HZ + tone.size, abs=1)
    record = client.post("/reconstruct", content=sound, headers=JSON).json()
    assert record["offset_s"] == offset_s


@pytest.mark.parametrize("start_s", [0, 0.5, 0.9])
def test_a_silent_window_is_refused_where_it_was_asked_for(client, refused, make_sound, tone, start_s):
    sound = make_sound(np.r_[padded(tone, 1.1), np.zeros(8000)])
    problem = refused(client.post(f"/encode?start_s={start_s}", content=sound), 422, "silent-window")
    assert problem["detail"].startswith("The audio is silent in the model's window, 0.128 s from ")
    assert encoded(client, sound)["offset_s"] > 1


def test_a_click_long_before_the_sound_is_the_onset_unless_a_start_is_named(client, make_sound, tone):
    sound = padded(tone, 1.0)
    sound[800:820] = 0.5
    clicked, clean = make_sound(sound), make_sound(padded(tone, 1.0))
    assert encoded(client, clicked)["offset_s"] < 0.1
    chosen, expected = (encoded(client, upload, "?start_s=0.98") for upload in (clicked, clean))
    assert chosen["z_mean"] == expected["z_mean"]


@pytest.mark.parametrize("path", ["/encode", "/reconstruct"])
def test_a_start_after_the_end_is_refused_with_the_duration(client, refused, make_sound, tone, path):
    sound = make_sound(tone)
    problem = refused(client.post(f"{path}?start_s=5", content=sound), 422, "silent-window")
    seconds = f"{tone.size / RATE_HZ:.3f}"
    assert problem["detail"] == f"start_s=5 is after the end of the audio, which is {seconds} s long."


def test_a_negative_start_is_named_as_such(client, refused, wav):
    problem = refused(client.post("/encode?start_s=-1", content=wav), 422, "invalid-request")
    assert problem["errors"] == [
        {"where": "query.start_s", "message": "Input should be greater than or equal to 0"}
    ]


@pytest.mark.parametrize("start_s", ["-1", "3601", "nan", "inf", "1e999", "x"])
def test_a_start_that_is_no_time_is_invalid(client, refused, wav, start_s):
    refused(client.post(f"/encode?start_s={start_s}", content=wav), 422, "invalid-request")


def test_an_offset_does_not_hide_the_onset(client, make_sound, tone):
    assert encoded(client, make_sound(padded(tone, 1.0) + 0.01))["offset_s"] > 0.9


@pytest.mark.parametrize("path", ["/encode", "/reconstruct"])
def test_a_file_that_is_cut_is_read_and_said_to_be(client, make_sound, tone, path):
    sound = make_sound(tone)
    for upload, complete in ((sound, True), (sound[:-100], False)):
        answer = client.post(path, content=upload, headers=JSON)
        assert answer.json()["complete"] is complete
    assert client.post("/reconstruct", content=sound[:-100]).headers["tonespace-complete"] == "false"


def test_the_channel_that_was_taken_is_said(client, make_sound, tone):
    stereo = make_sound(np.stack([0.8 * tone, -tone], axis=1))
    answer = encoded(client, stereo)
    assert answer["channel"] == 2
    np.testing.assert_allclose(answer["z_mean"], encoded(client, make_sound(-tone))["z_mean"], atol=1e-3)
    assert client.post("/reconstruct", content=stereo).headers["tonespace-channel"] == "2"
    assert "tonespace-channel" not in client.post("/reconstruct", content=make_sound(tone)).headers


def test_other_sounds_have_no_upload(client):
    answer = client.get("/sample?seed=7", headers=JSON)
    record = answer.json()
    assert [record[key] for key in ("offset_s", "truncated", "complete", "channel")] == 4 * [None]
    assert not {"tonespace-offset", "tonespace-truncated", "tonespace-complete"} & set(answer.headers)


def test_the_recipe_of_a_replica_keeps_its_start(client, make_sound, tone):
    sound = make_sound(np.r_[tone, tone])
    replica = client.post("/reconstruct?start_s=0.05", content=sound)
    recipe = replica.content[replica.content.index(b'{"path"') :]
    assert b'"start_s":0.05' in recipe
    assert b"start_s" not in client.post("/reconstruct", content=sound).content
