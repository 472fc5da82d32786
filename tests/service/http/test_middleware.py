"""Every request has an id and a line in the log, and every failure is a problem."""

import logging

import pytest


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
def test_the_refusals_of_the_router_are_problems_too(client, refused, method, path, status, slug):
    answer = client.request(method, path)
    refused(answer, status, slug)
    assert ("allow" in answer.headers) == (status == 405)


def test_an_unforeseen_failure_shows_only_its_id_which_is_in_the_log(
    start, models_dir, refused, caplog, monkeypatch
):
    client = start(models_dir=models_dir)
    monkeypatch.delattr(client.app.state, "runtime")
    with caplog.at_level(logging.ERROR):
        problem = refused(client.get("/models"), 500, "internal-error")
    assert "runtime" not in problem["detail"]
    assert problem["instance"] in caplog.text
    assert "AttributeError" in caplog.text


def test_the_log_has_one_line_for_a_request(client, caplog):
    with caplog.at_level(logging.INFO, logger="service"):
        client.get("/models%0Aforged", headers={"x-request-id": "r1"})
    (line,) = [r.getMessage() for r in caplog.records if "r1" in r.getMessage()]
    assert line.startswith("GET /models\\nforged 404 in ")


def test_every_answer_has_a_request_id_the_clients_if_it_is_valid(client):
    assert client.get("/models", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    forged = client.get("/models", headers={"x-request-id": "a b\x1b"}).headers["x-request-id"]
    assert len(forged) == 32


def test_health_and_documents_answer(client):
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {
        "status": "ready",
        "unavailable": [],
        "reload_error": None,
    }
    assert client.get("/docs").status_code == 200
    assert client.get("/openapi.json").json()["info"]["title"] == "Tonespace"
