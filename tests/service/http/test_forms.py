"""The form of an answer is the one that the Accept header prefers."""

import pytest

from service.http.negotiation import accepts_gzip, choose

AUDIO, PNG, JSON = {"accept": "audio/*"}, {"accept": "image/png"}, {"accept": "application/json"}


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
def test_several_sounds_are_no_image_and_no_single_file(client, refused, accept):
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
    ("accept", "chosen"),
    [
        (None, "audio/wav"),
        ("*/*", "audio/wav"),
        ("image/png", "image/png"),
        ("image/*", "image/png"),
        ("application/json", "application/json"),
        ("application/json, audio/wav", "audio/wav"),
        ("audio/wav;q=0.5, application/json;q=0.6", "application/json"),
        ("audio/wav;q=0.5, */*;q=0.4", "audio/wav"),
        ("audio/wav;q=0, */*", "image/png"),
        ("IMAGE/PNG;Q=1", "image/png"),
        ("audio/*;q=0.2, audio/wav;q=0.9, image/png;q=0.8", "audio/wav"),
        ("image/avif,image/webp,image/*,*/*;q=0.8", "image/png"),  # a browser's <img>
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "audio/wav"),  # its address bar
        ("audio/wav;q=high, application/json;q=0.1", "application/json"),
    ],
)
def test_the_form_of_the_highest_weight_is_answered(client, accept, chosen):
    answer = client.get("/sample?seed=2", headers={} if accept is None else {"accept": accept})
    assert answer.headers["content-type"] == chosen
    assert answer.headers["vary"] == "Accept"
    assert choose(accept, ["audio/wav", "image/png", "application/json"]) == chosen


@pytest.mark.parametrize(
    ("header", "accepted"),
    [(None, False), ("", False), ("br, gzip", True), ("gzip;q=0", False), ("GZIP;q=0.5", True)],
)
def test_gzip_is_for_clients_that_ask_for_it(header, accepted):
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    "path", ["/sample?seed=7", "/models", "/models/voices/map", "/health/live", "/metrics", "/"]
)
def test_head_has_the_headers_of_get_and_no_body(client, path):
    head, get = client.request("HEAD", path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    for name in ("content-type", "etag"):
        assert head.headers.get(name) == get.headers.get(name)
    assert head.headers["content-length"] > "0"


def test_head_of_what_has_no_get_is_refused(client):
    response = client.request("HEAD", "/encode")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_a_list_on_two_lines_of_a_header_is_one_list(client):
    lines = [("accept", "text/html"), ("accept", "image/png")]
    assert client.get("/sample?seed=7", headers=lines).headers["content-type"] == "image/png"
    tag = client.get("/sample?seed=7").headers["etag"]
    lines = [("if-none-match", '"another"'), ("if-none-match", tag)]
    assert client.get("/sample?seed=7", headers=lines).status_code == 304
