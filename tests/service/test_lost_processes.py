"""`python -m service` as a process: workers that die and clients that leave cost nobody a request."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.service.processes import EXIT_WITHIN_S, STARTED_WITHIN_S, Service, children, wait_for

pytestmark = pytest.mark.slow


def time_of(url):
    began = time.monotonic()
    httpx.get(url, timeout=EXIT_WITHIN_S).raise_for_status()
    return time.monotonic() - began


def test_a_killed_worker_loses_no_request_and_is_replaced(models_dir):
    service = Service(models_dir, drain_s=0, workers=2)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    with ThreadPoolExecutor(4) as clients:
        answers = [clients.submit(httpx.get, f"{service.url}/sample?n=8") for _ in range(40)]
        for _ in range(3):
            wait_for(lambda: len(children(opener)) == 2)
            worker = children(opener)[0]
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda killed=worker: killed not in children(opener))
        assert {answer.result().status_code for answer in answers} == {200}
    assert "tonespace_workers_lost_total 3.0" in httpx.get(f"{service.url}/metrics").text
    assert len(children(opener)) == 2
    assert service.stop().count("has ended and is started again") == 3


def test_a_process_that_is_forked_has_one_thread_and_so_have_its_workers(models_dir):
    service = Service(models_dir, drain_s=0, workers=2)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    for pid in (opener, *children(opener)):
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    service.stop()


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
    wait_for(lambda: children(service.process.pid) != openers)
    assert httpx.get(f"{service.url}/health/ready").status_code == 200
    service.stop()


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
