"""JSON bodies that the contract does not allow are refused, and the next request works."""

import base64
import json

import pytest

JSON = {"content-type": "application/json"}
pytestmark = pytest.mark.usefixtures("next_good_request_works")


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
        '{"z": [0, 0, 0, 0], "labels": {"digit": true}}',
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
def test_a_body_that_the_contract_does_not_allow_is_refused(client, refused, body):
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
def test_a_morph_that_the_contract_does_not_allow_is_refused(client, refused, body):
    assert refused(client.post("/morph", json=body), 422, "invalid-request")["errors"]


@pytest.mark.parametrize(
    ("audio", "slug"), [(b"", "empty-audio"), (b"this is not a sound", "unreadable-audio")]
)
def test_audio_in_a_body_is_checked_like_an_upload(client, refused, audio, slug):
    audio_end = {"audio": base64.b64encode(audio).decode()}
    morph = {"from": [0, 0, 0, 0], "to": audio_end}
    total = {"z": {"terms": [{"weight": 1, **audio_end}]}}
    refused(client.post("/morph", json=morph), 422, slug)
    refused(client.post("/generate", json=total), 422, slug)


def test_the_ends_of_a_morph_and_the_terms_of_a_sum_have_the_models_length(client, refused):
    for path, body in (
        ("/morph", {"from": [0, 0, 0, 0], "to": [0, 0, 0]}),
        ("/generate", {"z": {"terms": [{"weight": 1, "z": [0, 0, 0]}]}}),
        ("/generate", {"z": [[0, 0, 0, 0], [0, 0, 0]]}),
    ):
        assert "3 coordinates" in refused(client.post(path, json=body), 422, "latent-shape")["detail"]


def test_points_are_checked_before_any_audio_is_read(client, refused):
    audio = {"audio": base64.b64encode(b"this is not a sound").decode()}
    total = {"z": {"terms": [{"weight": 1, **audio}, {"weight": 1, "z": [0, 0, 0]}]}}
    refused(client.post("/generate", json=total), 422, "latent-shape")
    refused(client.post("/morph", json={"from": audio, "to": [0, 0, 0]}), 422, "latent-shape")
    asked = {"z": [0, 0, 0, 0], "labels": {"digit": "ten"}}
    refused(client.post("/morph", json={"from": audio, "to": asked}), 422, "unknown-label-value")


def test_a_sum_beyond_the_limits_of_z_is_refused(client, refused):
    body = {"z": {"terms": [{"weight": 100, "z": [1e6, 0, 0, 0]}]}}
    refused(client.post("/generate", json=body), 422, "latent-range")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 200_000, "it is nested too deeply"),
        (b'{"z": [%s]}' % (b"9" * 5000), "a number in it has more than 4300 digits"),
        (b'{"z": "\xff"}', "from byte 7 on it is not utf-8"),
    ],
)
def test_json_that_no_parser_reads_is_refused_with_the_reason(client, refused, body, reason):
    for path in ("/generate", "/morph"):
        problem = refused(client.post(path, content=body, headers=JSON), 400, "malformed-body")
        assert problem["detail"] == f"The body cannot be read as JSON: {reason}."


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ('{"z": [0, 0, 0, 0]', "body, character 19", "Expecting ',' delimiter"),
        ("", "body", "The body is empty"),
        ("{'z': 1}", "body, character 2", "property name enclosed in double quotes"),
        ('{"z": [0, 0, 0, 0], "z": [1, 1, 1, 1]}', "body.z", "more than once"),
        (
            '{"z": {"terms": [{"weight": 1, "z": [0, 0, 0, 0], "weight": 1}]}}',
            "body.z.terms.0.weight",
            "more than once",
        ),
        ('{"z": [0], "labels": {"digit": "0", "digit": "7"}}', "body.labels.digit", "more than once"),
        ('{"z": [{}, {"a": {"b": 1, "b": 2}, "a": 3}]}', "body.z.1.a", "more than once"),
    ],
)
def test_the_place_of_broken_json_or_of_a_repeated_key_is_reported(client, refused, body, where, message):
    problem = refused(client.post("/generate", content=body, headers=JSON), 422, "invalid-request")
    (error,) = problem["errors"]
    assert error["where"] == where
    assert message in error["message"]


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity"])
def test_a_label_that_is_no_finite_number_is_refused(client, refused, number):
    body = f'{{"z": [0, 0, 0, 0], "labels": {{"digit": {number}}}}}'
    problem = refused(client.post("/generate", content=body, headers=JSON), 422, "invalid-request")
    assert problem["detail"] == "body.labels.digit: Input should be a finite number"


def test_generate_and_morph_read_only_json(client, refused):
    for path in ("/generate", "/morph"):
        refused(client.post(path, content=b'{"z": [0]}'), 415, "unsupported-media-type")


def test_a_refusal_does_not_repeat_the_input(client, refused):
    secret = "tell nobody"
    response = client.post("/generate", json={"z": [0, 0, 0, 0], "format": secret})
    refused(response, 422, "invalid-request")
    assert secret not in response.text


def test_a_z_of_wrong_length_is_refused_with_the_right_one(client, refused):
    problem = refused(client.post("/generate", json={"z": [0.0] * 5}), 422, "latent-shape")
    assert problem["detail"] == "z has 5 coordinates, voices@2 has 4."


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
    ("body", "detail"),
    [
        (
            {"z": [0] * 4, "labels": {"digit": True}},
            "body.labels.digit: Input should be a string, a number or an object of weights",
        ),
        ({"z": [0] * 4, "labels": {"digit": [7]}}, "a string, a number or an object of weights"),
        ({"z": [0] * 4, "labels": []}, "body.labels: Input should be a JSON object"),
        ([], "body: Input should be a JSON object"),
        ({"z": {"terms": [3]}}, "body.z.terms.0: Input should be a JSON object"),
        ({"z": [0] * 4, "lables": {}}, "body.lables: There is no such name; did you mean labels?"),
        ({"z": {"terms": [{"wieght": 1, "z": [0]}]}}, "wieght: There is no such name; did you mean weight?"),
        ({"z": None}, "body.z: Input should be a JSON array"),
        (
            {"z": [0] * 4, "labels": {"digit": {"7": "x"}}},
            "body.labels.digit.7: Input should be a valid number",
        ),
        ({"z": {"terms": [{"weight": 1, "audio": "?"}]}}, "body.z.terms.0.audio: is not base64"),
    ],
)
def test_a_mistake_in_a_body_is_reported_with_its_place(client, refused, body, detail):
    problem = refused(client.post("/generate", json=body), 422, "invalid-request")
    assert problem["detail"].endswith(detail)
