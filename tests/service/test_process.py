"""`python -m service` as a process: start, limits on a real socket, farewell."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.service.processes import EXIT_WITHIN_S, ROOT, STARTED_WITHIN_S, Service

READY_WITHIN_S = 5.0
MIB = 2**20


def time_of(url):
    began = time.monotonic()
    httpx.get(url, timeout=EXIT_WITHIN_S).raise_for_status()
    return time.monotonic() - began


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


def test_ctrl_c_is_a_clean_stop(models_dir):
    service = Service(models_dir)
    service.wait_until_ready()
    log = service.stop(signal.SIGINT)
    assert service.process.returncode == 0
    assert "Traceback" not in log


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


def test_the_work_of_clients_that_left_is_dropped(models_dir, listen):
    service = Service(models_dir, drain_s=0, workers=1)
    service.wait_until_ready()
    alone_s = time_of(f"{service.url}/sample?n=64")
    for _ in range(30):
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(b"GET /sample?n=64 HTTP/1.1\r\nhost: x\r\n\r\n")
    began = time.monotonic()
    listen(httpx.get(f"{service.url}/sample?seed=7"))
    assert time.monotonic() - began < 3 * alone_s + 0.5  # all of them would take 30
    log = service.stop()
    assert log.count("GET /sample 499 in ") == 30
    assert "Traceback" not in log


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_killed_worker_loses_no_request_and_is_replaced(models_dir):
    service = Service(models_dir, drain_s=0, workers=2)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    with ThreadPoolExecutor(4) as clients:
        answers = [clients.submit(httpx.get, f"{service.url}/sample?n=8") for _ in range(40)]
        for _ in range(3):
            time.sleep(0.1)
            os.kill(children(opener)[0], signal.SIGKILL)
        assert {answer.result().status_code for answer in answers} == {200}
    assert "tonespace_workers_lost_total 3.0" in httpx.get(f"{service.url}/metrics").text
    assert len(children(opener)) == 2
    assert service.stop().count("has ended and is started again") == 3


def test_when_the_process_that_holds_the_models_is_killed_they_are_opened_again(models_dir):
    service = Service(models_dir, drain_s=0, workers=1)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    os.kill(opener, signal.SIGKILL)
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until and opener in children(service.process.pid):
        assert httpx.get(f"{service.url}/sample").status_code == 200
    assert len(children(children(service.process.pid)[0])) == 1
    assert httpx.get(f"{service.url}/sample").status_code == 200
    assert "holds the models has ended" in service.stop()


def test_a_hangup_opens_the_models_anew(models_dir):
    service = Service(models_dir, drain_s=0, workers=1)
    service.wait_until_ready()
    openers = children(service.process.pid)
    service.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until and children(service.process.pid) == openers:
        time.sleep(0.05)
    assert children(service.process.pid) != openers
    assert httpx.get(f"{service.url}/health/ready").status_code == 200
    service.stop()


def test_the_processes_end_with_the_one_in_front(models_dir):
    service = Service(models_dir, workers=2)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    ours = [opener, *children(opener)]
    service.stop(signal.SIGKILL)
    until = time.monotonic() + EXIT_WITHIN_S
    while time.monotonic() < until and any(is_running(pid) for pid in ours):
        time.sleep(0.02)
    assert not any(is_running(pid) for pid in ours)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_clients_that_leave_while_they_send_are_a_line_each(models_dir):
    service = Service(models_dir, drain_s=0)
    service.wait_until_ready()
    types = ["audio/wav", "multipart/form-data; boundary=x", "application/json"]
    for path, media_type in zip(["/encode", "/reconstruct", "/generate"], types, strict=True):
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {media_type}\r\ncontent-length: 100\r\n\r\n"
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(head.encode() + b"--x")
            time.sleep(0.1)
    assert httpx.get(f"{service.url}/sample").status_code == 200
    log = service.stop()
    for path in ("/encode", "/reconstruct", "/generate"):
        (line,) = [line for line in log.splitlines() if f"POST {path} " in line]
        assert " INFO " in line
        assert f"POST {path} 499 in " in line
    assert "Traceback" not in log
    assert " ERROR " not in log


def test_sigterm_is_told_by_ready_before_the_port_closes(models_dir, refused):
    service = Service(models_dir, drain_s=0.8)
    service.wait_until_ready()
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    refused(httpx.get(f"{service.url}/health/ready"), 503, "not-ready")
    assert httpx.get(f"{service.url}/sample").status_code == 200
    service.process.communicate(timeout=EXIT_WITHIN_S)
    assert service.process.returncode == 0


def test_a_request_in_flight_is_answered_after_sigterm(models_dir, wav):
    service = Service(models_dir, drain_s=0)
    service.wait_until_ready()
    head = f"POST /encode HTTP/1.1\r\nhost: x\r\ncontent-length: {len(wav)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", service.port), timeout=EXIT_WITHIN_S) as connection:
        connection.sendall(head + wav[:100])
        time.sleep(0.1)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(wav[100:])
        answer = connection.makefile("rb").read()
    service.process.communicate(timeout=EXIT_WITHIN_S)
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["model"] == "voices"
    assert service.process.returncode == 0


def test_a_stalled_upload_does_not_hold_up_the_end(models_dir):
    service = Service(models_dir, drain_s=0)
    service.wait_until_ready()
    with socket.create_connection(("127.0.0.1", service.port), timeout=EXIT_WITHIN_S) as connection:
        connection.sendall(b"POST /encode HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\nRIFF")
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        answer = connection.makefile("rb").read()
    log = service.process.communicate(timeout=EXIT_WITHIN_S)[1]
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert service.process.returncode == 0
    assert "Traceback" not in log
    assert " 500 " not in log


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
