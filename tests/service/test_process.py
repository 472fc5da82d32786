"""`python -m service` as a process: start, limits on a real socket, farewell."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.service.processes import EXIT_WITHIN_S, ROOT, Service

READY_WITHIN_S = 5.0
MIB = 2**20


@pytest.fixture(scope="module")
def service(models_dir):
    running = Service(models_dir, drain_s=0)
    running.ready_after_s = running.wait_until_ready()
    yield running
    running.stop()
    assert running.process.returncode == 0


def test_it_is_ready_within_five_seconds(service):
    assert service.ready_after_s < READY_WITHIN_S


def test_it_says_that_it_is_ready_once_it_is(models_dir):
    service = Service(models_dir, drain_s=0)
    assert service.process.stdout.readline() == f"Ready: {service.url}\n"
    assert httpx.get(f"{service.url}/health/ready").status_code == 200
    service.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="another scheduler")
def test_the_front_interrupts_no_worker_that_computes(service):
    assert os.sched_getscheduler(service.process.pid) == os.SCHED_BATCH


def test_sounds_that_are_asked_for_at_once_have_the_bytes_that_they_have_alone(service):
    urls = [
        f"{service.url}/sample?seed={seed}&model={name}" for seed in range(16) for name in ("voices", "plain")
    ]
    alone = [httpx.get(url).raise_for_status().content for url in urls]
    with ThreadPoolExecutor(len(urls)) as clients:
        assert [answer.content for answer in clients.map(httpx.get, urls)] == alone


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_two_colons_serve_ipv4_and_ipv6(models_dir):
    service = Service(models_dir, host="::", drain_s=0)
    service.wait_until_ready()
    assert httpx.get(f"http://[::1]:{service.port}/health/live").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{service.port}/health/live").status_code == 200
    service.stop()


def test_what_is_no_setting_is_a_line_of_the_log(models_dir):
    service = Service(models_dir, service_host="10.0.0.1", port_8000_tcp="tcp://10.0.0.1:8000", quue_limit=3)
    service.wait_until_ready()
    (warning,) = [line for line in service.stop(signal.SIGINT).splitlines() if " WARNING " in line]
    assert "TONESPACE_QUUE_LIMIT is no setting" in warning
    assert "did you mean TONESPACE_QUEUE_LIMIT?" in warning


@pytest.mark.slow
def test_a_service_without_keys_warns_unless_it_is_on_loopback(models_dir):
    for settings, n_warnings in (
        ({"host": "0.0.0.0"}, 1),
        ({"host": "0.0.0.0", "api_keys": "a-key-of-this-service"}, 0),
        ({}, 0),
    ):
        service = Service(models_dir, drain_s=0, **settings)
        service.wait_until_ready()
        assert service.stop().count("NO API KEYS ARE SET") == n_warnings


def test_a_socket_gets_the_same_sound_as_the_application_gives(service, client, listen):
    response = httpx.get(f"{service.url}/sample?seed=7")
    listen(response)
    assert response.content == client.get("/sample?seed=7").content


CHUNKED = b"POST /encode HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
NO_HTTP = {
    "unknown method": b"FOO /sample HTTP/1.1\r\nhost: x\r\n\r\n",
    "method in lower case": b"get /sample HTTP/1.1\r\nhost: x\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "length that is no number": b"POST /encode HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n",
    "two lengths": CHUNKED + b"content-length: 3\r\n\r\nabc",
    "broken chunk": CHUNKED + b"\r\nxyz\r\n",
    "long address": b"GET /sample?model=" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
}


@pytest.mark.parametrize("case", NO_HTTP)
def test_what_is_no_http_is_a_problem_like_every_other(service, case):
    with socket.create_connection(("127.0.0.1", service.port), timeout=EXIT_WITHIN_S) as connection:
        connection.sendall(NO_HTTP[case])
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    problem = json.loads(body)
    assert status == "HTTP/1.1 400 Bad Request"
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["content-length"]) == len(body)
    assert headers["connection"] == "close"
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert (problem["type"], problem["status"]) == ("urn:tonespace:problem:malformed-request", 400)
    assert problem["instance"] == headers["x-request-id"]
    assert len(problem["detail"]) < 200
    assert httpx.get(f"{service.url}/health/live").status_code == 200


@pytest.mark.parametrize("declared", [True, False])
def test_eleven_mebibytes_are_refused_and_the_next_request_works(service, refused, wav, declared):
    body = bytes(11 * MIB) if declared else (bytes(MIB) for _ in range(11))
    with httpx.Client(base_url=service.url) as client:
        refused(client.post("/encode", content=body), 413, "body-too-large")
        assert client.post("/encode", content=wav).status_code == 200


def test_a_bad_manifest_at_start_is_a_clear_line_and_exit_status_one(tmp_path, make_model):
    (make_model(tmp_path, "voices") / "manifest.json").write_text("{}")
    service = Service(tmp_path)
    log = service.process.communicate(timeout=EXIT_WITHIN_S)[1]
    assert service.process.returncode == 1
    (line,) = [line for line in log.splitlines() if "CRITICAL" in line]
    assert "cannot start" in line
    assert "manifest.json" in line
    assert "Traceback" not in log


def test_a_bad_setting_is_named_and_exit_status_two(models_dir):
    service = Service(models_dir, workers=0)
    log = service.process.communicate(timeout=EXIT_WITHIN_S)[1]
    assert service.process.returncode == 2
    assert log == "TONESPACE_WORKERS: Input should be greater than or equal to 1\n"


def test_a_connection_outlives_a_head_request(service):
    service.wait_until_ready()
    with httpx.Client(base_url=service.url) as client:
        for path in ("/sample?seed=7", "/models", "/"):
            assert client.head(path).content == b""
            assert client.get(path).content


def test_a_port_that_is_taken_is_said_at_once(service, models_dir):
    environment = {**os.environ, "TONESPACE_PORT": str(service.port), "TONESPACE_MODELS_DIR": str(models_dir)}
    command = [sys.executable, "-m", "service"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=EXIT_WITHIN_S
    )
    assert ended.returncode == 1
    assert ended.stderr == f"Cannot serve on 127.0.0.1:{service.port}: Address already in use.\n"
