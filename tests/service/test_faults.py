"""What breaks around the service costs no request, no answer with 500, and not the service.

`make faults` repeats the faults in random order for half an hour.
"""

import os
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.service.processes import RECOVERED_WITHIN_S, ROOT, Service, children, wait_for

pytestmark = pytest.mark.slow

MINUTES = float(os.environ.get("FAULTS_MINUTES", "0"))  # 0: each fault once
CALM_S = 0.3  # of traffic after a fault
MAX_MORE_FILES = 16  # that the front has open after all faults
MAX_MORE_MEMORY = 0.1  # of the front's resident memory after the first round
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
HOUR_S, DAY_S = 3600, 86_400
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST
MIB = 2**20


class Traffic(threading.Thread):
    """Requests in a row, of a client that does not try again; their statuses, and what was lost."""

    def __init__(self, url, wav):
        super().__init__()
        self._url, self._wav, self._ends = url, wav, threading.Event()
        self.statuses, self.lost = Counter(), []

    def run(self):
        with httpx.Client(base_url=self._url, timeout=RECOVERED_WITHIN_S) as client:
            while not self._ends.is_set():
                for method, path, body in (
                    ("GET", "/sample", None),
                    ("POST", "/encode", self._wav),
                    ("POST", "/reconstruct", self._wav),
                    ("GET", "/models", None),
                ):
                    try:
                        answer = client.request(method, path, content=body)
                        self.statuses[answer.status_code] += 1
                    except httpx.HTTPError as error:
                        self.lost.append(repr(error))

    def end(self):
        self._ends.set()
        self.join()


class Subject:
    """A service on models of its own, with a clock that can jump."""

    def __init__(self, folder, models_dir):
        self.models = Path(shutil.copytree(models_dir, folder / "models"))
        self._clock = folder / "clock"
        self.set_clock(0)
        with pytest.MonkeyPatch.context() as patch:
            if FAKETIME:
                patch.setenv("LD_PRELOAD", str(FAKETIME))
                patch.setenv("FAKETIME_TIMESTAMP_FILE", str(self._clock))
                patch.setenv("FAKETIME_NO_CACHE", "1")
                patch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            self._service = Service(self.models, drain_s=0, log_level="warning")
        self.url, self.pid = self._service.url, self._service.process.pid
        self.log = []
        self._reading = threading.Thread(target=lambda: self.log.extend(self._service.process.stderr))
        self._reading.start()  # a pipe that nobody reads would stop the service
        wait_for(self.ready)

    def ready(self):
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=RECOVERED_WITHIN_S).status_code == 200
        except httpx.TransportError:
            return False

    def set_clock(self, ahead_s):
        self._clock.write_text(f"{ahead_s:+d}\n")

    def processes(self):
        """The front, the process that holds the models, and the workers."""
        below = children(self.pid)
        return [self.pid, *below, *(grandchild for child in below for grandchild in children(child))]

    def reload(self):
        return httpx.post(f"{self.url}/admin/reload", timeout=RECOVERED_WITHIN_S).status_code

    def resources(self):
        """Open files, and resident bytes, of the front."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir())), pages * resource.getpagesize()

    def end(self):
        process = self._service.process
        assert process.poll() is None, "the front has ended"
        process.send_signal(signal.SIGTERM)
        assert process.wait(RECOVERED_WITHIN_S) == 0
        self._reading.join()
        process.stdout.close()
        process.stderr.close()


@contextmanager
def damaged(path, content):
    whole = path.read_bytes()
    path.write_bytes(content(whole))
    yield
    path.write_bytes(whole)


def disk_full(subject):
    """No process of the service can write a byte to a file."""
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in subject.processes()}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    form = {"audio": ("large.wav", bytes(4 * MIB))}
    assert httpx.post(f"{subject.url}/encode", files=form, timeout=RECOVERED_WITHIN_S).status_code == 422
    for pid, both in limits.items():
        if Path(f"/proc/{pid}").exists():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, both)


def truncated_graph(subject):
    with damaged(subject.models / "voices" / "2" / "decoder.onnx", lambda whole: whole[: len(whole) // 2]):
        assert subject.reload() == 409
    assert subject.reload() == 200


def wrong_checksum(subject):
    with damaged(subject.models / "plain" / "1" / "encoder.onnx", lambda whole: whole[:-1] + b"\0"):
        assert subject.reload() == 409
    assert subject.reload() == 200


def clock_jump(subject):
    """The clock goes a day ahead, two back, and is right again."""
    if FAKETIME is None:
        return
    for ahead_s in (DAY_S, -DAY_S, 0):
        subject.set_clock(ahead_s)
        time.sleep(CALM_S)
        assert httpx.get(f"{subject.url}/sample", timeout=RECOVERED_WITHIN_S).status_code == 200


def connection_resets(subject):
    """Clients that reset their connection before, in the middle of and after a request."""
    address = ("127.0.0.1", int(subject.url.rpartition(":")[2]))
    request = b"POST /encode HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n" + bytes(4000)
    for _ in range(40):
        with socket.create_connection(address) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.sendall(request[: random.randrange(len(request) + 1)])
            time.sleep(random.choice([0, 0, 0.01]))


def killed_worker(subject):
    (opener,) = children(subject.pid)
    os.kill(random.choice(children(opener)), signal.SIGKILL)


FAULTS = (disk_full, truncated_graph, wrong_checksum, clock_jump, connection_resets, killed_worker)


def test_no_fault_costs_a_request(tmp_path, models_dir, wav):
    subject = Subject(tmp_path, models_dir)
    traffic = Traffic(subject.url, wav)
    traffic.start()
    n_faults, first, until = 0, None, time.monotonic() + 60 * MINUTES
    try:
        while True:
            for fault in random.sample(FAULTS, len(FAULTS)):
                fault(subject)
                n_faults += 1
                wait_for(subject.ready)
                time.sleep(CALM_S)
            first = first or subject.resources()
            if time.monotonic() >= until:
                break
    finally:
        traffic.end()
    last = subject.resources()
    print(f"\n{n_faults} faults, statuses {dict(traffic.statuses)}, files and bytes {first} to {last}")
    subject.end()
    assert traffic.lost == []
    assert set(traffic.statuses) == {200}
    assert "Traceback" not in "".join(subject.log)
    assert last[0] <= first[0] + MAX_MORE_FILES
    assert last[1] <= (1 + MAX_MORE_MEMORY) * first[1]


def test_the_clock_of_the_service_does_jump(tmp_path, models_dir):
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed (Debian: apt install libfaketime)")
    subject = Subject(tmp_path, models_dir)

    def ahead_s():
        date = httpx.get(f"{subject.url}/health/live").headers["date"]
        return parsedate_to_datetime(date).timestamp() - time.time()

    assert abs(ahead_s()) < HOUR_S
    subject.set_clock(DAY_S)
    wait_for(lambda: abs(ahead_s() - DAY_S) < HOUR_S)
    subject.end()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_log_that_cannot_be_written_stops_nothing(models_dir, log_format):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"PORT": port, "MODELS_DIR": models_dir, "DEFAULT_MODEL": "voices", "DRAIN_S": 0}
    settings |= {"LOG_FORMAT": log_format}
    environment = os.environ | {f"TONESPACE_{name}": str(value) for name, value in settings.items()}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "service"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=full, stderr=full)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:

        def ready():
            try:
                return client.get("/health/ready").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(ready)
        assert client.get("/sample").status_code == 200
        assert client.get("/sample?model=nobody").status_code == 404
    process.terminate()
    assert process.wait(RECOVERED_WITHIN_S) == 0
