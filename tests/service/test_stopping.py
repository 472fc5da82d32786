"""`python -m service` as a process: how it ends."""

import json
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.service.processes import EXIT_WITHIN_S, Service, children, wait_for

pytestmark = pytest.mark.slow


def test_ctrl_c_is_a_clean_stop(models_dir):
    service = Service(models_dir)
    service.wait_until_ready()
    log = service.stop(signal.SIGINT)
    assert service.process.returncode == 0
    assert "Traceback" not in log


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


def test_the_processes_end_with_the_one_in_front(models_dir):
    service = Service(models_dir, workers=2)
    service.wait_until_ready()
    (opener,) = children(service.process.pid)
    ours = [opener, *children(opener)]
    service.stop(signal.SIGKILL)
    wait_for(lambda: not any(is_running(pid) for pid in ours))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
