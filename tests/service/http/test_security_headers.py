"""Every answer limits what a browser does with it; other origins read answers only where that is set."""

import socket

import pytest

PAGE = "https://page.example"
EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sample?seed=7", 200),
        ("HEAD", "/sample?seed=7", 200),
        ("GET", "/health/live", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/sample", 405),
        ("POST", "/encode", 422),
    ],
)
def test_an_answer_loads_nothing_and_is_not_framed(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in {**EVERY_ANSWER, "content-security-policy": POLICY}.items():
        assert answer.headers.get_list(name) == [value], name


@pytest.mark.parametrize("path", ["/", "/docs", "/web/main.js"])
def test_a_page_keeps_its_own_policy(client, path):
    answer = client.get(path)
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    for name, value in EVERY_ANSWER.items():
        assert answer.headers.get_list(name) == [value], name


def test_what_is_no_http_is_answered_with_them_too(running):
    host, port = running.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"FOO / HTTP/1.1\r\n\r\n")
        head = connection.makefile("rb").read().partition(b"\r\n\r\n")[0].decode().lower()
    for name, value in {**EVERY_ANSWER, "content-security-policy": POLICY}.items():
        assert f"{name}: {value}" in head


def test_without_the_setting_no_other_origin_may_read(client):
    answer = client.get("/sample?seed=7", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert client.request("OPTIONS", "/generate", headers=preflight).status_code == 405


@pytest.fixture(scope="module")
def shared(start, models_dir):
    return start(models_dir=models_dir, cors_origins=[PAGE], api_keys=["the-key-of-the-page"])


def test_a_preflight_needs_no_key_and_allows_its_headers(shared):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = shared.request("OPTIONS", "/generate", headers={"Origin": PAGE, **asked})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_of_the_setting_reads_answers_and_refusals(shared):
    for headers, status in (({"X-API-Key": "the-key-of-the-page"}, 200), ({}, 401)):
        answer = shared.get("/sample?seed=7", headers={"Origin": PAGE, **headers})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-expose-headers"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "Origin" in answer.headers["vary"]


def test_another_origin_is_allowed_nothing(shared):
    answer = shared.get("/sample", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    assert shared.request("OPTIONS", "/sample", headers=preflight).status_code == 400
