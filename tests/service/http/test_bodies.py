"""Bodies as clients send them: under any name and type, as a form, compressed."""

import gzip
import json
import zlib

import httpx
import numpy as np
import pytest

MIB = 2**20
PIECE_BYTES = 65_536
ZIPPED = gzip.compress(b"{}", mtime=0)  # without the time: the names of tests are the same in every process
TYPES = [
    "application/ogg",
    "application/x-wav",
    "application/x-www-form-urlencoded",
    "audio/mp3",
    "binary/octet-stream",
    "text/plain",
    "video/mp4",
    "video/webm",
    "",
]


@pytest.fixture
def expected(client, wav):
    return client.post("/encode", content=wav).json()


def deflate(data):
    return zlib.compress(data)


def test_a_raw_body_and_a_form_give_the_same_coordinates(client, wav):
    raw = client.post("/encode", content=wav, headers={"content-type": "application/octet-stream"})
    untyped = client.post("/encode", content=wav)
    form = client.post("/encode", files={"audio": ("clip.wav", wav)})
    assert raw.json() == untyped.json() == form.json()


def test_a_form_is_never_written_to_disk(client, clip, make_sound, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    large = make_sound(np.tile(clip, 290), 8000, subtype="DOUBLE")  # 29 s, 1.8 MB: more than is spooled
    assert client.post("/encode", files={"audio": ("a.wav", large)}).json()["truncated"] is True


@pytest.mark.parametrize("media_type", TYPES)
def test_the_bytes_decide_what_a_body_is_and_not_its_type(client, wav, expected, refused, media_type):
    headers = {"content-type": media_type}
    assert client.post("/encode", content=wav, headers=headers).json() == expected
    refused(client.post("/encode", content=b"no sound", headers=headers), 422, "unreadable-audio")


def test_a_body_without_a_type_is_read(client, wav, expected):
    answer = client.post("/encode", content=wav)
    assert "content-type" not in answer.request.headers
    assert answer.json() == expected


@pytest.mark.parametrize("name", ["audio", "file", "upload", "files[]", ""])
def test_a_single_file_may_have_any_name_in_a_form(client, wav, expected, name):
    assert client.post("/encode", files={name: ("a.wav", wav)}).json() == expected


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"files": {"a": ("a.wav", b"x"), "b": ("b.wav", b"x")}}, "it holds 2 files"),
        ({"files": {"a": ("a.wav", b"x")}, "data": {"model": "plain"}}, "the part 'model' has no filename"),
    ],
)
def test_a_form_with_more_than_a_file_is_told_what_is_too_much(client, refused, form, reason):
    assert reason in refused(client.post("/encode", **form), 422, "multipart")["detail"]


@pytest.mark.parametrize(
    ("coding", "encode"), [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", deflate)]
)
def test_a_compressed_body_is_read(client, wav, expected, listen, coding, encode):
    headers = {"content-encoding": coding}
    assert client.post("/encode", content=encode(wav), headers=headers).json() == expected
    form = httpx.Request("POST", "http://x", files={"file": ("a.wav", wav)})
    headers |= {"content-type": form.headers["content-type"]}
    assert client.post("/encode", content=encode(form.read()), headers=headers).json() == expected
    body = encode(json.dumps({"z": [0, 0, 0, 0]}).encode())
    headers |= {"content-type": "application/json"}
    listen(client.post("/generate", content=body, headers=headers))


def test_a_compressed_body_that_comes_in_pieces_is_read(client, wav, expected):
    zipped = gzip.compress(wav)

    async def pieces():
        for i in range(0, len(zipped), 7):
            yield zipped[i : i + 7]

    answer = client.post("/encode", content=pieces(), headers={"content-encoding": "gzip"})
    assert answer.json() == expected


@pytest.mark.parametrize("n_bytes", [PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 10 * MIB])
def test_a_body_of_any_length_is_decoded_to_its_end(client, refused, n_bytes):
    body, headers = gzip.compress(bytes(n_bytes)), {"content-encoding": "gzip"}
    refused(client.post("/encode", content=body, headers=headers), 422, "unreadable-audio")
    cut = client.post("/encode", content=body[:-4], headers=headers)
    assert "ends too early" in refused(cut, 400, "malformed-content-coding")["detail"]


@pytest.mark.parametrize("path", ["/encode", "/generate"])
def test_what_decodes_to_more_than_the_limit_is_refused(client, refused, path):
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    bomb = gzip.compress(bytes(100 * MIB), 1)
    assert len(bomb) < MIB
    refused(client.post(path, content=bomb, headers=headers), 413, "body-too-large")


def test_what_is_more_than_the_limit_and_decodes_to_nothing_is_refused(client, refused):
    async def empty_blocks():
        yield gzip.compress(b"")[:10]
        for _ in range(11):
            yield b"\0\0\0\xff\xff" * (MIB // 5 + 1)  # RFC 1951: stored, not the last, 0 bytes long

    answer = client.post("/encode", content=empty_blocks(), headers={"content-encoding": "gzip"})
    refused(answer, 413, "body-too-large")


@pytest.mark.parametrize("path", ["/encode", "/generate"])
@pytest.mark.parametrize("body", [b"no gzip", ZIPPED + b"more", ZIPPED * 2, deflate(b"{}"), b""])
def test_a_body_that_is_not_compressed_as_it_says_is_refused(client, refused, path, body):
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    refused(client.post(path, content=body, headers=headers), 400, "malformed-content-coding")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "aes128gcm"])
def test_another_coding_is_refused_with_those_that_are_read(client, refused, wav, coding):
    answer = client.post("/encode", content=wav, headers={"content-encoding": coding})
    problem = refused(answer, 415, "unsupported-content-coding")
    assert coding in problem["detail"]
    assert answer.headers["accept-encoding"] == "gzip, x-gzip, deflate"


def test_identity_is_no_coding(client, wav, expected):
    assert client.post("/encode", content=wav, headers={"content-encoding": "identity"}).json() == expected


Z = [0.1, 0.2, -0.3, 0.4]


@pytest.mark.parametrize("name", ["model", "labels", "level_db", "duration_s", "format", "phase"])
def test_null_for_an_optional_field_is_its_absence(client, listen, name):
    plain = client.post("/generate", json={"z": Z})
    listen(plain)
    answer = client.post("/generate", json={"z": Z, name: None})
    assert answer.content == plain.content


def test_null_in_a_path_and_in_its_ends_is_absence(client, listen):
    plain = client.post("/morph", json={"from": {"z": Z}, "to": [1, 1, 1, 1]})
    listen(plain)
    end = {"z": Z, "labels": {"digit": None}, "level_db": None}
    nulls = dict.fromkeys(("steps", "method", "labels", "format", "phase", "model"))
    assert client.post("/morph", json={"from": end, "to": [1, 1, 1, 1], **nulls}).content == plain.content


@pytest.mark.parametrize("number", ["7", "7.0", "7e0"])
def test_a_number_stands_for_the_value_of_a_label(client, number):
    text = client.post("/generate", json={"z": Z, "labels": {"digit": "7", "speaker": "theo"}})
    body = f'{{"z": {Z}, "labels": {{"digit": {number}, "speaker": "theo"}}}}'
    answer = client.post("/generate", content=body, headers={"content-type": "application/json"})
    assert json.loads(answer.headers["tonespace-labels"]) == {"digit": "7", "speaker": "theo"}
    assert answer.content == text.content


@pytest.mark.parametrize("number", ["1", "7.5", "9" * 1000])
def test_a_number_that_is_no_value_of_the_label_is_refused(client, refused, number):
    body = f'{{"z": {Z}, "labels": {{"digit": {number}}}}}'
    answer = client.post("/generate", content=body, headers={"content-type": "application/json"})
    refused(answer, 422, "unknown-label-value")
