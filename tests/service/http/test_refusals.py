"""Whatever cannot be answered is a problem with the right status, and the next request works."""

import base64
import io
import json
import logging
import struct
import time
from typing import get_origin

import numpy as np
import pytest
import soundfile

from service.contract.queries import EncodeQuery, MapQuery, ReconstructQuery, SampleQuery
from service.http.single_query import REPEATABLE

MIB = 2**20
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def next_good_request_works(client, listen):
    yield
    listen(client.get("/sample?seed=1"))


def wav_header(sample_rate, channels=1):
    data = b"\x01\x02" * 64
    fmt = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * 2 * channels, 2 * channels, 16)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def long_silence_flac():
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(600):
            file.write(np.zeros(8000, np.int16))
    return buffer.getvalue()


def unreadable_bodies(make_sound):
    noise = np.random.default_rng(0).normal(0, 0.1, 8000)
    return {
        "text": (b"this is not a sound", "unreadable-audio"),
        "empty": (b"", "empty-audio"),
        "1 Hz": (wav_header(1), "sample-rate"),
        "2**31 - 1 Hz": (wav_header(2**31 - 1), "sample-rate"),
        "64 channels": (wav_header(8000, 64), "channel-count"),
        "truncated WAV": (make_sound(noise)[:4000], "unreadable-audio"),
        "truncated FLAC": (make_sound(noise, format="FLAC")[:4000], "unreadable-audio"),
        "10 min of silence": (long_silence_flac(), "clip-too-long"),
        "silence": (make_sound(np.zeros(800)), "silent-audio"),
        "no samples": (make_sound(np.zeros(0)), "empty-audio"),
        "NaN": (make_sound(np.full(800, np.nan, np.float32), subtype="FLOAT"), "non-finite-audio"),
        "silent window": (make_sound(np.r_[np.zeros(1100), noise]), "silent-window"),
    }


CASES = list(unreadable_bodies(lambda *_, **__: b""))


@pytest.mark.parametrize("path", ["/encode", "/reconstruct"])
@pytest.mark.parametrize("case", CASES)
def test_a_body_that_is_no_usable_sound_is_refused(client, refused, make_sound, path, case):
    body, slug = unreadable_bodies(make_sound)[case]
    began = time.perf_counter()
    refused(client.post(path, content=body), 422, slug)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    "form",
    [
        {"files": [("audio", ("a.wav", b"x")), ("audio", ("b.wav", b"x"))]},
        {"files": {"audio": ("a.wav", b"x")}, "data": {"model": "plain"}},
        {"files": {"audio": (None, b"x")}},
        {"content": b"nothing", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"nothing", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
)
def test_a_form_with_anything_but_one_file_is_refused(client, refused, form):
    refused(client.post("/encode", **form), 422, "multipart")


@pytest.mark.parametrize("name", ['filename=""', "filename=\"a.wav\"; filename*=utf-8''b.wav"])
def test_a_part_with_any_file_name_is_a_file(client, wav, name):
    assert post_part(client, name, wav).status_code == 200


def test_a_part_without_a_plain_file_name_is_told_what_is_missing(client, refused):
    problem = refused(post_part(client, "filename*=utf-8''a.wav", b"x"), 422, "multipart")
    assert 'no filename="..."' in problem["detail"]
    assert "filename*=" in problem["detail"]


def post_part(client, name, content):
    head = f'--x\r\ncontent-disposition: form-data; name="audio"; {name}\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    return client.post("/encode", content=head.encode() + content + b"\r\n--x--\r\n", headers=headers)


@pytest.mark.parametrize("where", ["raw", "form"])
def test_a_large_body_with_a_declared_length_is_refused(client, refused, where):
    body = bytes(11 * MIB)
    options = {"content": body} if where == "raw" else {"files": {"audio": ("a.wav", body)}}
    refused(client.post("/encode", **options), 413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/encode", {}),
        ("/encode", {"content-type": "multipart/form-data; boundary=x"}),
        ("/generate", JSON),
    ],
)
def test_a_large_body_that_streams_is_refused(client, refused, path, headers):
    async def chunks():
        if "multipart/form-data; boundary=x" in headers.values():
            yield b'--x\r\ncontent-disposition: form-data; name="audio"; filename="a"\r\n\r\n'
        for _ in range(11):
            yield bytes(MIB)

    refused(client.post(path, content=chunks(), headers=headers), 413, "body-too-large")


def test_a_body_just_under_the_limit_is_read(client, refused):
    refused(client.post("/encode", content=bytes(10 * MIB)), 422, "unreadable-audio")


@pytest.mark.parametrize(
    "body",
    [
        '{"z": [NaN, 0, 0, 0]}',
        '{"z": [1e999, 0, 0, 0]}',
        '{"z": [-Infinity, 0, 0, 0]}',
        '{"z": [1e39, 0, 0, 0]}',
        '{"z": [1%s, 0, 0, 0]}' % ("0" * 400),
        '{"z": ["1", 0, 0, 0]}',
        '{"z": [true, 0, 0, 0]}',
        '{"z": [[0, 0, 0, 0], []]}',
        '{"z": [[0, 0, 0, 0], 1]}',
        '{"z": [0, [0, 0, 0, 0]]}',
        json.dumps({"z": [[0, 0, 0, 0]] * 65}),
        '{"z": {}}',
        '{"z": {"terms": []}}',
        json.dumps({"z": {"terms": [{"weight": 1, "z": [0, 0, 0, 0]}] * 17}}),
        '{"z": {"terms": [{"z": [0, 0, 0, 0]}]}}',
        '{"z": {"terms": [{"weight": 101, "z": [0, 0, 0, 0]}]}}',
        '{"z": {"terms": [{"weight": NaN, "z": [0, 0, 0, 0]}]}}',
        '{"z": {"terms": [{"weight": 1, "audio": "no base64!"}]}}',
        '{"z": {"terms": [{"weight": 1, "audio": 7}]}}',
        '{"z": {"terms": [{"weight": 1, "z": [0, 0, 0, 0], "audio": "UklGRg=="}]}}',
        '{"z": [0, 0, 0, 0], "level_db": 201}',
        '{"z": []}',
        '{"z": null}',
        '{"z": [0, 0, 0, 0], "labels": {"digit": {"7": NaN}}}',
        '{"z": [0, 0, 0, 0], "labels": {"digit": {"7": -1}}}',
        '{"z": [0, 0, 0, 0], "labels": {"digit": 7}}',
        '{"z": [0, 0, 0, 0], "n": 3}',
        '{"z": [0, 0, 0, 0], "steps": 3}',
        '{"z": [0, 0, 0, 0], "phase": "input"}',
        '{"z": [0, 0, 0, 0], "format": "m4a"}',
        '{"z": [0, 0, 0, 0], "\\ud800": 3}',
        '{"z": [0, 0, 0, 0]',
        "[]",
        "",
    ],
)
def test_a_body_that_the_contract_does_not_know_is_refused(client, refused, body):
    problem = refused(client.post("/generate", content=body, headers=JSON), 422, "invalid-request")
    assert problem["errors"]
    assert all(set(error) == {"where", "message"} for error in problem["errors"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"from": [0, 0, 0, 0]},
        {"from": [0, 0, 0, 0], "to": "UklGRg=="},
        {"from": [0, 0, 0, 0], "to": [[0, 0, 0, 0]]},
        {"from": [0, 0, 0, 0], "to": {}},
        {"from": [0, 0, 0, 0], "to": {"audio": "?"}},
        {"from": [0, 0, 0, 0], "to": {"z": [0, 0, 0, 0], "audio": "UklGRg=="}},
        {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "steps": 1},
        {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "steps": 65},
        {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "steps": 2.5},
        {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "method": "curve"},
        {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "phase": "input"},
        {"start": [0, 0, 0, 0], "end": [1, 1, 1, 1]},
    ],
)
def test_a_walk_that_the_contract_does_not_know_is_refused(client, refused, body):
    assert refused(client.post("/morph", json=body), 422, "invalid-request")["errors"]


@pytest.mark.parametrize(
    ("audio", "slug"), [(b"", "empty-audio"), (b"this is not a sound", "unreadable-audio")]
)
def test_audio_in_a_body_is_judged_like_an_upload(client, refused, audio, slug):
    told = {"audio": base64.b64encode(audio).decode()}
    walk = {"from": [0, 0, 0, 0], "to": told}
    total = {"z": {"terms": [{"weight": 1, **told}]}}
    refused(client.post("/morph", json=walk), 422, slug)
    refused(client.post("/generate", json=total), 422, slug)


def test_the_ends_of_a_walk_and_the_terms_of_a_sum_have_the_models_length(client, refused):
    for path, body in (
        ("/morph", {"from": [0, 0, 0, 0], "to": [0, 0, 0]}),
        ("/generate", {"z": {"terms": [{"weight": 1, "z": [0, 0, 0]}]}}),
        ("/generate", {"z": [[0, 0, 0, 0], [0, 0, 0]]}),
    ):
        assert "3 coordinates" in refused(client.post(path, json=body), 422, "latent-shape")["detail"]


def test_a_sum_beyond_what_a_z_may_be_is_refused(client, refused):
    body = {"z": {"terms": [{"weight": 100, "z": [1e6, 0, 0, 0]}]}}
    refused(client.post("/generate", json=body), 422, "latent-range")


def test_a_walk_that_would_fill_the_memory_is_refused(client, refused, monkeypatch):
    monkeypatch.setattr("service.sound.morph.MAX_CELLS", 33 * 64 * 8)  # eight windows of the tiny model
    body = {"from": [0, 0, 0, 0], "to": [1, 1, 1, 1], "steps": 9}
    assert "at most 8" in refused(client.post("/morph", json=body), 422, "morph-too-long")["detail"]
    as_steps = client.post("/morph", json=body, headers={"accept": "application/json"})
    assert len(as_steps.json()["sounds"]) == 9
    assert client.post("/morph", json={**body, "steps": 8}).status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 200_000, "it is nested too deeply"),
        (b'{"z": [%s]}' % (b"9" * 5000), "a number in it has more than 4300 digits"),
        (b'{"z": "\xff"}', "from byte 7 on it is not utf-8"),
    ],
)
def test_json_that_no_parser_takes_is_refused_with_the_reason(client, refused, body, reason):
    for path in ("/generate", "/morph"):
        problem = refused(client.post(path, content=body, headers=JSON), 400, "malformed-body")
        assert problem["detail"] == f"The body cannot be read as JSON: {reason}."


@pytest.mark.parametrize(
    ("body", "where", "told"),
    [
        ('{"z": [0, 0, 0, 0]', "body.18", "Expecting ',' delimiter"),
        ("", "body", "required"),
        ("{'z': 1}", "body.1", "property name enclosed in double quotes"),
        ('{"z": [0, 0, 0, 0], "z": [1, 1, 1, 1]}', "body.z", "more than once"),
        (
            '{"z": {"terms": [{"weight": 1, "z": [0, 0, 0, 0], "weight": 1}]}}',
            "body.weight",
            "more than once",
        ),
    ],
)
def test_json_that_is_none_or_tells_a_thing_twice_is_told_where(client, refused, body, where, told):
    problem = refused(client.post("/generate", content=body, headers=JSON), 422, "invalid-request")
    (error,) = problem["errors"]
    assert error["where"] == where
    assert told in error["message"]


def test_generate_and_morph_read_only_json(client, refused):
    for path in ("/generate", "/morph"):
        refused(client.post(path, content=b'{"z": [0]}'), 415, "unsupported-media-type")


def test_a_refusal_does_not_repeat_the_input(client, refused):
    secret = "tell nobody"
    response = client.post("/generate", json={"z": [0, 0, 0, 0], "format": secret})
    refused(response, 422, "invalid-request")
    assert secret not in response.text


def test_a_z_of_wrong_length_is_told_the_right_one(client, refused):
    problem = refused(client.post("/generate", json={"z": [0.0] * 5}), 422, "latent-shape")
    assert problem["detail"] == "z has 5 coordinates, voices@2 has 4."


@pytest.mark.parametrize("asked", ["nosuch", "voices@3", "voices@01", "voices@", "../voices", "Voices"])
def test_an_unknown_model_is_told_the_known_ones(client, refused, wav, asked):
    answers = [
        client.get("/sample", params={"model": asked}),
        client.post("/encode", params={"model": asked}, content=wav),
        client.post("/generate", json={"z": [0], "model": asked}),
        client.post("/morph", json={"from": [0], "to": [1], "model": asked}),
    ]
    for answer in answers:
        assert "plain@1, voices@2, voices@1" in refused(answer, 404, "unknown-model")["detail"]
    refused(client.get("/models/nosuch"), 404, "unknown-model")
    refused(client.get("/models/nosuch/map"), 404, "unknown-model")


@pytest.mark.parametrize(
    ("query", "slug", "told"),
    [
        ("label=pitch:high", "unknown-label", "digit, speaker"),
        ("label=digit:ten", "unknown-label-value", "0, 7, 9"),
        ("label=digit", "label-syntax", "name:value"),
        ("label=digit:7&label=digit:9", "label-syntax", "again"),
        ("model=plain&label=digit:7", "unlabelled-model", "plain@1"),
        ("label=digit:9&label=speaker:jackson", "no-such-combination", "digit 9 and speaker jackson"),
    ],
)
def test_labels_that_mean_nothing_are_refused(client, refused, query, slug, told):
    assert told in refused(client.get(f"/sample?{query}"), 422, slug)["detail"]


@pytest.mark.parametrize(
    ("labels", "slug"),
    [
        ({"pitch": "high"}, "unknown-label"),
        ({"digit": {"ten": 1}}, "unknown-label-value"),
        ({"digit": {"7": 0}}, "label-weight"),
        ({"digit": {}}, "label-weight"),
    ],
)
def test_labels_of_a_point_are_checked_too(client, refused, labels, slug):
    refused(client.post("/generate", json={"z": [0, 0, 0, 0], "labels": labels}), 422, slug)


@pytest.mark.parametrize(
    "path",
    [
        "/sample?n=0",
        "/sample?n=65",
        "/sample?n=1.5",
        "/models/voices/map?z=maybe",
        "/models/voices/map?page=2",
        "/sample?seed=-1",
        f"/sample?seed={2**53}",
        "/sample?seed=1.5",
        "/sample?temperature=2.1",
        "/sample?temperature=nan",
        "/sample?temperature=-1",
        "/sample?phase=input",
        "/sample?format=m4a",
        "/sample?sede=7",
        "/sample?seed=7&seed=8",
        "/sample?seed=7&seed=7",
        "/sample?model=plain&model=plain",
        "/models/voices/map?z=true&z=false",
        "/sample?seed=1_0",
        "/sample?seed=7.0",
        "/sample?seed=%207",
        "/sample?seed=%2B7",
        "/sample?seed=%D9%A7",
        "/sample?seed=",
        "/sample?n=2.0",
        "/sample?temperature=1_0",
        "/sample?temperature=%201",
        "/models?page=2",
        "/models/voices?x=1",
    ],
)
def test_a_query_that_the_contract_does_not_know_is_refused(client, refused, path):
    refused(client.get(path), 422, "invalid-request")


@pytest.mark.parametrize("query", ["seed=007&temperature=0.5", "seed=7&temperature=5e-1", "seed=7&n=1"])
def test_numbers_in_decimal_digits_are_taken(client, listen, query):
    answer = client.get(f"/sample?{query}")
    listen(answer)
    assert answer.headers["tonespace-seed"] == "7"


def test_a_parameter_that_comes_again_is_named(client, refused):
    problem = refused(client.get("/sample?seed=7&n=1&seed=8"), 422, "invalid-request")
    assert [error["where"] for error in problem["errors"]] == ["query.seed"]
    refused(client.post("/generate?x=1&x=2", json={"z": [0] * 4}), 422, "invalid-request")


def test_only_lists_may_come_again():
    queries = (EncodeQuery, ReconstructQuery, SampleQuery, MapQuery)
    fields = {name: field.annotation for query in queries for name, field in query.model_fields.items()}
    assert {name for name, annotation in fields.items() if get_origin(annotation) is list} == REPEATABLE


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_takes_what_a_load_balancer_adds(client, path):
    assert client.get(f"{path}?probe=3&probe=4").status_code == 200


def test_unknown_parameters_of_a_post_are_refused(client, refused, wav):
    refused(client.post("/encode?format=wav", content=wav), 422, "invalid-request")
    refused(client.post("/reconstruct?phase=none", content=wav), 422, "invalid-request")
    refused(client.post("/morph?n=3", json={"from": [0] * 4, "to": [1] * 4}), 422, "invalid-request")
    refused(client.post("/generate?seed=3", json={"z": [0, 0, 0, 0]}), 422, "invalid-request")


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/zip", "audio/aac", "audio/*;q=0", "image/png;q=0, application/json;q=0.0"],
)
def test_an_accept_header_without_the_audio_is_refused(client, refused, wav, accept):
    headers = {"accept": accept}
    for answer in (
        client.get("/sample", headers=headers),
        client.post("/generate", json={"z": [0, 0, 0, 0]}, headers=headers),
        client.post("/reconstruct", content=wav, headers=headers),
    ):
        problem = refused(answer, 406, "not-acceptable")
        assert "audio/wav, image/png, application/json, audio/flac" in problem["detail"]
        assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("accept", ["image/png", "audio/wav", "audio/*"])
def test_several_sounds_are_no_picture_and_no_single_file(client, refused, accept):
    headers = {"accept": accept}
    for answer in (
        client.get("/sample?n=2", headers=headers),
        client.post("/generate", json={"z": [[0, 0, 0, 0]]}, headers=headers),
    ):
        problem = refused(answer, 406, "not-acceptable")
        assert "application/zip, application/json" in problem["detail"]


@pytest.mark.parametrize(
    "accept", ["*/*", "audio/*", "AUDIO/WAV", "image/png;q=0.1, */*;q=0.2", "audio/wav;q=0.5"]
)
def test_an_accept_header_with_the_audio_is_answered(client, listen, accept):
    listen(client.get("/sample?seed=2", headers={"accept": accept}))


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/maps", 404, "not-found"),
        ("GET", "/models/voices/map/1", 404, "not-found"),
        ("GET", "/statistics", 404, "not-found"),
        ("GET", "/models/", 404, "not-found"),
        ("GET", "/encode", 405, "method-not-allowed"),
        ("GET", "/morph", 405, "method-not-allowed"),
        ("DELETE", "/models/voices", 405, "method-not-allowed"),
    ],
)
def test_the_routers_refusals_are_problems_too(client, refused, method, path, status, slug):
    answer = client.request(method, path)
    refused(answer, status, slug)
    assert ("allow" in answer.headers) == (status == 405)


def test_an_unforeseen_failure_tells_nothing_but_its_id_which_the_log_knows(
    start, models_dir, refused, caplog, monkeypatch
):
    client = start(models_dir=models_dir)
    monkeypatch.delattr(client.app.state, "runtime")
    with caplog.at_level(logging.ERROR):
        problem = refused(client.get("/models"), 500, "internal-error")
    assert "runtime" not in problem["detail"]
    assert problem["instance"] in caplog.text
    assert "AttributeError" in caplog.text


def test_the_log_holds_one_line_for_a_request(client, caplog):
    with caplog.at_level(logging.INFO, logger="service"):
        client.get("/models%0Aforged", headers={"x-request-id": "r1"})
    (line,) = [r.getMessage() for r in caplog.records if "r1" in r.getMessage()]
    assert line.startswith("GET /models\\nforged 404 in ")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"z": [0] * 4, "labels": {"digit": 7}}, "body.labels.digit: Input should be a valid string"),
        (
            {"z": [0] * 4, "labels": {"digit": {"7": "x"}}},
            "body.labels.digit.7: Input should be a valid number",
        ),
        ({"z": {"terms": [{"weight": 1, "audio": "?"}]}}, "body.z.terms.0.audio: is not base64"),
    ],
)
def test_a_mistake_in_a_body_is_told_where_the_client_made_it(client, refused, body, detail):
    problem = refused(client.post("/generate", json=body), 422, "invalid-request")
    assert problem["detail"].endswith(detail)
