"""Clients that stop in the middle: they are disconnected, and never at the cost of the others."""

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
import uvicorn

from service.app import create_app
from service.http.connections import ConnectionLimits, LimitedProtocol
from service.settings import Settings

STALL_S = 0.4
CLOSED_WITHIN_S = 5.0  # on a machine that is busy with something else
MAX_CONNECTIONS = 12
HEAD = b"POST /encode HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n"


@contextmanager
def serving(models_dir, max_connections, stall_timeout_s):
    """The server, while it serves on a free port."""
    limits = ConnectionLimits(max_connections, stall_timeout_s, min_upload_bytes_per_s=1024, deadline_s=10)
    protocol = partial(LimitedProtocol, limits=limits)
    app = create_app(Settings(models_dir=models_dir, default_model="voices"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_config=None, ws="none"))
        server.address = listener.getsockname()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while app.state.runtime.state == "starting":
            time.sleep(0.01)
        yield server
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address(models_dir):
    with serving(models_dir, max_connections=100, stall_timeout_s=STALL_S) as server:
        yield server.address


@pytest.fixture
def crowded(models_dir):
    with serving(models_dir, MAX_CONNECTIONS, stall_timeout_s=60) as server:
        yield server


def connect(address):
    return socket.create_connection(address, timeout=CLOSED_WITHIN_S)


def received(connection):
    """Everything until the service closes."""
    return connection.makefile("rb").read()


def assert_timed_out(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert json.loads(body)["type"] == "urn:tonespace:problem:request-timeout"


@pytest.mark.parametrize(
    "part",
    [b"P", b"POST /encode HTTP/1.1\r\nhost: x\r\n", HEAD, HEAD + b"RIFF"],
    ids=["first byte", "head", "no body", "body"],
)
def test_a_request_that_stalls_is_timed_out(address, part):
    began = time.monotonic()
    with connect(address) as connection:
        connection.sendall(part)
        assert_timed_out(received(connection))
        assert time.monotonic() - began > 0.9 * STALL_S


def test_a_second_request_that_stalls_is_timed_out(address):
    with connect(address) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\nGET /mod")
        assert_timed_out(received(connection)[len(b"HTTP/1.1 200") :].partition(b'"live"}')[2])


def test_a_connection_without_a_byte_is_closed_without_one(address):
    with connect(address) as connection:
        assert received(connection) == b""


@pytest.mark.parametrize("begin", [b"GET /sample HTTP/1.1\r\nx: ", HEAD], ids=["head", "body"])
def test_single_bytes_do_not_keep_a_request_alive(address, begin):
    with connect(address) as connection:
        connection.sendall(begin)
        began = time.monotonic()
        connection.settimeout(STALL_S / 8)
        answer = b""
        while not answer and time.monotonic() - began < CLOSED_WITHIN_S:
            connection.sendall(b"x")
            try:
                answer = connection.recv(4096)
            except TimeoutError:
                continue
        assert_timed_out(answer)


def test_an_upload_that_pauses_is_read(address, client, wav):
    head = f"POST /encode HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(wav)}\r\n\r\n"
    with connect(address) as connection:
        connection.sendall(head.encode() + wav[:100])
        time.sleep(STALL_S / 4)
        connection.sendall(wav[100:])
        status, _, body = received(connection).partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 200")
    assert json.loads(body) == client.post("/encode", content=wav).json()


def test_a_head_without_end_is_refused(address):
    with connect(address) as connection:
        connection.sendall(b"GET /sample HTTP/1.1\r\nx: " + 100_000 * b"x")
        assert received(connection).startswith(b"HTTP/1.1 400 ")


def test_stalled_uploads_do_not_keep_others_out(crowded):
    with ExitStack() as stack:
        for _ in range(5 * MAX_CONNECTIONS):
            stack.enter_context(connect(crowded.address)).sendall(HEAD)
        another = stack.enter_context(connect(crowded.address))
        another.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        assert another.recv(4096).startswith(b"HTTP/1.1 200")
        deadline = time.monotonic() + CLOSED_WITHIN_S
        while len(crowded.server_state.connections) > MAX_CONNECTIONS and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(crowded.server_state.connections) == MAX_CONNECTIONS


def test_the_connection_that_waits_longest_gives_way(crowded):
    with ExitStack() as stack:
        first, second = (stack.enter_context(connect(crowded.address)) for _ in range(2))
        for part, connection in ((HEAD, first), (HEAD, second), (b"RIFF", first)):
            connection.sendall(part)
            time.sleep(0.1)
        for _ in range(MAX_CONNECTIONS - 1):
            stack.enter_context(connect(crowded.address))
        answer = received(second)
        assert_timed_out(answer)
        assert b"its connection was needed" in answer
        first.sendall(bytes(4996))
        assert first.recv(4096).startswith(b"HTTP/1.1 422")
