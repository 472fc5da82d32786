"""What is counted and timed is what happened."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.metrics import STAGES


def read(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def grown(before, after, name, **labels):
    key = (name, frozenset(labels.items()))
    return after.get(key, 0) - before.get(key, 0)


def test_every_stage_of_a_reconstruction_is_timed_once(client, wav):
    before = read(client)
    assert client.post("/reconstruct", content=wav).status_code == 200
    after = read(client)
    for stage in STAGES:
        assert grown(before, after, "tonespace_stage_seconds_count", stage=stage) == 1
        assert 0 < grown(before, after, "tonespace_stage_seconds_sum", stage=stage) < 10
    assert grown(before, after, "tonespace_queue_wait_seconds_count") >= 1


def test_requests_are_counted_by_route_and_status(client):
    before = read(client)
    for path in ("/models/voices", "/models/nobody", "/nothing/here"):
        client.get(path)
    after = read(client)
    for route, status in (("/models/{name}", "200"), ("/models/{name}", "404"), ("none", "404")):
        n = grown(before, after, "tonespace_requests_total", method="GET", route=route, status=status)
        assert n == 1


def test_problems_are_counted_by_type(client):
    before = read(client)
    client.get("/sample?model=nobody")
    after = read(client)
    assert grown(before, after, "tonespace_problems_total", type="unknown-model") == 1


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(client):
    before = read(client)
    client.request("BREW", "/sample")
    after = read(client)
    assert grown(
        before, after, "tonespace_requests_total", method="other", route="none", status="405"
    ) + grown(
        before, after, "tonespace_requests_total", method="other", route="/sample", status="405"
    ) == pytest.approx(1)
    assert not [name for name, labels in after if ("method", "BREW") in labels]


def test_only_what_reads_them_is_in_flight(client):
    assert read(client)[("tonespace_requests_in_flight", frozenset())] == 1


def test_every_open_model_is_reported_with_its_provider(client):
    reported = {
        (dict(labels)["model"], dict(labels)["version"], dict(labels)["provider"])
        for (name, labels), value in read(client).items()
        if name == "tonespace_model_info" and value == 1
    }
    for model in client.get("/models").json()["models"]:
        assert (model["name"], str(model["version"]), model["providers"][0]) in reported
