"""Parts of a sample with a seed, as players ask for them."""

import pytest

PATH = "/sample?seed=7"


@pytest.fixture
def whole(client):
    return client.get(PATH)


def test_a_sound_with_a_seed_says_that_it_comes_in_parts(client, whole):
    assert whole.headers["accept-ranges"] == "bytes"
    assert "accept-ranges" not in client.get("/sample").headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),  # Safari's first request
        ("bytes=0-", 0, None),
        ("bytes=100-199", 100, 199),
        ("bytes=100-", 100, None),
        ("bytes=-10", -10, None),
        ("bytes=-999999", 0, None),
        ("bytes=100-999999", 100, None),
        (f"bytes=100-{'9' * 100}", 100, None),
        ("BYTES=0-1", 0, 1),
    ],
)
@pytest.mark.parametrize("form", ["", "&format=mp3", "&n=2"])
def test_a_range_is_answered_with_its_bytes(client, asked, first, last, form):
    whole = client.get(PATH + form)
    n_bytes = len(whole.content)
    begin, end = first % n_bytes, n_bytes - 1 if last is None else last
    part = client.get(PATH + form, headers={"range": asked})
    assert part.status_code == 206
    assert part.content == whole.content[begin : end + 1]
    assert part.headers["content-range"] == f"bytes {begin}-{end}/{n_bytes}"
    assert int(part.headers["content-length"]) == end + 1 - begin
    for name in ("content-type", "etag", "cache-control", "vary", "tonespace-model"):
        assert part.headers[name] == whole.headers[name]


def test_the_parts_are_the_whole(client, whole):
    parts = [
        client.get(PATH, headers={"range": f"bytes={i}-{i + 4999}"})
        for i in range(0, len(whole.content), 5000)
    ]
    assert b"".join(part.content for part in parts) == whole.content


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-3", "bytes=-", "bytes=a-b", "bytes=0-1,5-6", "samples=0-1", "0-1", f"bytes={'9' * 5000}-", ""],
)
def test_a_range_that_cannot_be_read_or_are_several_gets_the_whole(client, whole, asked):
    answer = client.get(PATH, headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_after_the_end_is_refused_with_the_length(client, refused, whole, asked):
    answer = client.get(PATH, headers={"range": asked})
    refused(answer, 416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(whole.content)}"


def test_if_range_with_another_tag_gets_the_whole(client, whole):
    for tag in ('"other"', f"W/{whole.headers['etag']}", "Thu, 26 Nov 2026 10:00:00 GMT"):
        answer = client.get(PATH, headers={"range": "bytes=0-1", "if-range": tag})
        assert (answer.status_code, answer.content) == (200, whole.content)
    answer = client.get(PATH, headers={"range": "bytes=0-1", "if-range": whole.headers["etag"]})
    assert (answer.status_code, answer.content) == (206, whole.content[:2])


def test_a_client_that_has_the_answer_gets_no_part(client, whole):
    headers = {"range": "bytes=0-1", "if-none-match": whole.headers["etag"]}
    assert client.get(PATH, headers=headers).status_code == 304


def test_without_a_seed_and_without_a_body_the_range_is_ignored(client, whole):
    assert client.get("/sample", headers={"range": "bytes=0-1"}).status_code == 200
    head = client.request("HEAD", PATH, headers={"range": "bytes=0-1"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
