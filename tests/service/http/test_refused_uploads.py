"""Audio that cannot be used is refused with the right problem, and the next request works."""

import io
import struct
import time

import numpy as np
import pytest
import soundfile

MIB = 2**20
JSON = {"content-type": "application/json"}
pytestmark = pytest.mark.usefixtures("next_good_request_works")


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
    return {
        "text": (b"this is not a sound", "unreadable-audio"),
        "empty": (b"", "empty-audio"),
        "1 Hz": (wav_header(1), "sample-rate"),
        "2**31 - 1 Hz": (wav_header(2**31 - 1), "sample-rate"),
        "64 channels": (wav_header(8000, 64), "channel-count"),
        "10 min of silence": (long_silence_flac(), "clip-too-long"),
        "silence": (make_sound(np.zeros(800)), "silent-audio"),
        "no samples": (make_sound(np.zeros(0)), "empty-audio"),
        "NaN": (make_sound(np.full(800, np.nan, np.float32), subtype="FLOAT"), "non-finite-audio"),
    }


def post_part(client, name, content):
    head = f'--x\r\ncontent-disposition: form-data; name="audio"; {name}\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    return client.post("/encode", content=head.encode() + content + b"\r\n--x--\r\n", headers=headers)


CASES = list(unreadable_bodies(lambda *_, **__: b""))


@pytest.mark.parametrize("path", ["/encode", "/reconstruct"])
@pytest.mark.parametrize("case", CASES)
def test_audio_that_cannot_be_used_is_refused(client, refused, make_sound, path, case):
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


def test_a_part_without_a_plain_file_name_is_refused_with_the_reason(client, refused):
    problem = refused(post_part(client, "filename*=utf-8''a.wav", b"x"), 422, "multipart")
    assert 'no filename="..."' in problem["detail"]
    assert "filename*=" in problem["detail"]


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
