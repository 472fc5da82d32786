"""What is counted and timed is what happened."""

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import REQUEST_SECONDS, STAGES

DURATION = "http_server_request_duration_seconds"


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


def requests(before, after, method, route, status):
    """How many requests were timed in between."""
    labels = {"http_request_method": method, "http_route": route, "http_response_status_code": status}
    return grown(before, after, f"{DURATION}_count", **labels)


def test_requests_are_timed_by_route_and_status(client):
    before = read(client)
    for path in ("/models/voices", "/models/nobody", "/nothing/here"):
        client.get(path)
    after = read(client)
    for route, status in (("/models/{name}", "200"), ("/models/{name}", "404"), ("none", "404")):
        assert requests(before, after, "GET", route, status) == 1


def test_the_time_of_a_request_has_the_edges_of_opentelemetry(client):
    client.get("/sample?seed=7")
    edges = {dict(labels)["le"] for name, labels in read(client) if name == f"{DURATION}_bucket"}
    assert sorted(float(edge) for edge in edges) == [*REQUEST_SECONDS, float("inf")]
    assert REQUEST_SECONDS[:7] == (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25)
    assert REQUEST_SECONDS[7:] == (0.5, 0.75, 1, 2.5, 5, 7.5, 10)


def test_the_time_of_a_request_holds_that_of_its_stages(client):
    before = read(client)
    client.get("/sample?seed=8")
    after = read(client)
    labels = {"http_request_method": "GET", "http_route": "/sample", "http_response_status_code": "200"}
    whole_s = grown(before, after, f"{DURATION}_sum", **labels)
    stages_s = sum(grown(before, after, "tonespace_stage_seconds_sum", stage=stage) for stage in STAGES)
    assert 0 < stages_s < whole_s < 10


def test_problems_are_counted_by_type(client):
    before = read(client)
    client.get("/sample?model=nobody")
    after = read(client)
    assert grown(before, after, "tonespace_problems_total", type="unknown-model") == 1


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(client):
    before = read(client)
    client.request("BREW", "/sample")
    after = read(client)
    routes = ("none", "/sample")
    assert sum(requests(before, after, "_OTHER", route, "405") for route in routes) == 1
    assert not [name for name, labels in after if ("http_request_method", "BREW") in labels]


def test_only_what_reads_them_is_in_flight(client):
    assert read(client)[("tonespace_requests_in_flight", frozenset())] == 1


def test_every_open_model_is_reported_with_its_provider(client):
    assert client.post("/admin/reload").status_code == 200  # others may have opened theirs since
    reported = {
        (dict(labels)["model"], dict(labels)["version"], dict(labels)["provider"])
        for (name, labels), value in read(client).items()
        if name == "tonespace_model_info" and value == 1
    }
    for model in client.get("/models").json()["models"]:
        assert (model["name"], str(model["version"]), model["providers"][0]) in reported
