"""What clients do on a real connection, before HTTP becomes a request."""

import json
import shutil
import socket
import subprocess

import httpx
import pytest

OFFER = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
TIMEOUT_S = 10


def exchange(running, *parts):
    """The statuses and bodies of the answers to what is sent piece by piece, until the server closes."""
    with socket.create_connection(("127.0.0.1", httpx.URL(running).port), timeout=TIMEOUT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        received = connection.makefile("rb").read()
    answers = received.split(b"HTTP/1.1 ")[1:]
    return [(int(answer[:3]), answer.partition(b"\r\n\r\n")[2]) for answer in answers]


def post(body, *, more="", path="/encode"):
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\n{more}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


LAST = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.mark.parametrize("offer", [OFFER, "connection: upgrade\r\nupgrade: websocket\r\n"])
def test_a_body_after_an_offer_to_upgrade_is_read(running, client, wav, offer):
    expected = client.post("/encode", content=wav).json()
    request = post(wav, more=offer)
    for size in (len(request), 1000, 7):
        parts = [request[i : i + size] for i in range(0, len(request), size)]
        (status, body), (alive, _) = exchange(running, *parts, LAST)
        assert (status, json.loads(body), alive) == (200, expected, 200)


def test_a_chunked_body_after_an_offer_is_read(running, client, wav):
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(wav), wav)
    head = f"POST /encode HTTP/1.1\r\nhost: x\r\n{OFFER}transfer-encoding: chunked\r\n\r\n"
    (status, body), _ = exchange(running, head.encode() + chunks, LAST)
    assert (status, json.loads(body)) == (200, client.post("/encode", content=wav).json())


def test_requests_one_after_the_other_with_offers_are_each_answered(running):
    get = f"GET /models/plain HTTP/1.1\r\nhost: x\r\n{OFFER}\r\n".encode()
    answers = exchange(running, get + get + LAST)
    assert [status for status, _ in answers] == [200, 200, 200]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("option", ["--http2", "--http1.1"])
def test_curl_gets_the_coordinates_whatever_version_it_offers(running, client, wav, tmp_path, option):
    (tmp_path / "clip.wav").write_bytes(wav)
    command = ["curl", "-sS", option, "--data-binary", "@clip.wav", "-H", "Content-Type: audio/wav"]
    ran = subprocess.run([*command, f"{running}/encode"], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(ran.stdout) == client.post("/encode", content=wav).json()


def test_an_offer_is_answered_as_if_it_were_not_made(running):
    plain = httpx.get(f"{running}/sample?seed=7")
    offered = httpx.get(
        f"{running}/sample?seed=7",
        headers={"connection": "upgrade", "upgrade": "h2c", "http2-settings": "AAMAAABk"},
    )
    assert (offered.status_code, offered.content) == (200, plain.content)
