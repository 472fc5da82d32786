"""Queries that the contract does not allow are refused with the right problem."""

import pytest

from service.contract.queries import SampleQuery


@pytest.mark.parametrize("asked", ["nosuch", "voices@3", "voices@01", "voices@", "../voices", "Voices"])
def test_an_unknown_model_is_refused_with_the_known_ones(client, refused, wav, asked):
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
    ("query", "slug", "named"),
    [
        ("label=pitch:high", "unknown-label", "digit, speaker"),
        ("label=digit:ten", "unknown-label-value", "0, 7, 9"),
        ("label=digit", "label-syntax", "name:value"),
        ("label=digit:7&label=digit:9", "label-syntax", "again"),
        ("model=plain&label=digit:7", "unlabelled-model", "plain@1"),
    ],
)
def test_labels_that_the_model_does_not_have_are_refused(client, refused, query, slug, named):
    assert named in refused(client.get(f"/sample?{query}"), 422, slug)["detail"]


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
def test_a_query_that_the_contract_does_not_allow_is_refused(client, refused, path):
    refused(client.get(path), 422, "invalid-request")


@pytest.mark.parametrize("query", ["seed=007&temperature=0.5", "seed=7&temperature=5e-1", "seed=7&n=1"])
def test_numbers_in_decimal_digits_are_accepted(client, listen, query):
    answer = client.get(f"/sample?{query}")
    listen(answer)
    assert answer.headers["tonespace-seed"] == "7"


def test_a_repeated_parameter_is_named(client, refused):
    problem = refused(client.get("/sample?seed=7&n=1&seed=8"), 422, "invalid-request")
    assert [error["where"] for error in problem["errors"]] == ["query.seed"]
    refused(client.post("/generate?x=1&x=2", json={"z": [0] * 4}), 422, "invalid-request")


@pytest.mark.parametrize("name", [name for name in SampleQuery.model_fields if name != "label"])
def test_only_lists_can_be_repeated(client, refused, name):
    (error,) = refused(client.get("/sample", params=[(name, "1"), (name, "1")]), 422, "invalid-request")[
        "errors"
    ]
    assert error == {"where": f"query.{name}", "message": "This parameter comes more than once"}
    assert client.get("/sample?label=digit:7&label=speaker:theo").status_code == 200


@pytest.mark.parametrize(("path", "nearest"), [("/sample?sed=7", "seed"), ("/sample?lable=digit:7", "label")])
def test_a_misspelt_parameter_is_refused_with_the_nearest_name(client, refused, path, nearest):
    (error,) = refused(client.get(path), 422, "invalid-request")["errors"]
    assert error["message"] == f"There is no such name; did you mean {nearest}?"


def test_a_parameter_near_to_none_is_refused_without_a_guess(client, refused):
    (error,) = refused(client.get("/sample?zzz=7"), 422, "invalid-request")["errors"]
    assert error == {"where": "query.zzz", "message": "There is no such name"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_accepts_what_a_load_balancer_adds(client, path):
    assert client.get(f"{path}?probe=3&probe=4").status_code == 200


def test_unknown_parameters_of_a_post_are_refused(client, refused, wav):
    refused(client.post("/encode?format=wav", content=wav), 422, "invalid-request")
    refused(client.post("/reconstruct?phase=none", content=wav), 422, "invalid-request")
    refused(client.post("/morph?n=3", json={"from": [0] * 4, "to": [1] * 4}), 422, "invalid-request")
    refused(client.post("/generate?seed=3", json={"z": [0, 0, 0, 0]}), 422, "invalid-request")
