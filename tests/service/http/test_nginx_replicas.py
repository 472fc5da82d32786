"""The machines behind nginx of docs/scaling.md, in the real nginx: one serves, one is busy, one is down."""

import getpass
import re
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.service.http.test_nginx_sample import AROUND, STARTED_WITHIN_S, SYSTEM, free_port

PAGE = (Path(__file__).parents[3] / "docs" / "scaling.md").read_text(encoding="utf-8")
N_REQUESTS = 30


class Busy(BaseHTTPRequestHandler):
    n_asked = 0

    def do_POST(self):  # the name is http.server's
        Busy.n_asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def busy():
    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(running, busy, tmp_path):
    nginx = shutil.which("nginx", path=SYSTEM) or pytest.skip("nginx is not installed")
    upstream = re.search(r"upstream tonespace \{.*?\n\}", PAGE, re.DOTALL)[0]
    first, second = re.findall(r"server (\S+) max_fails", upstream)
    upstream = upstream.replace(first, running.removeprefix("http://")).replace(second, busy)
    upstream = upstream.replace("keepalive 64;", f"server 127.0.0.1:{free_port()}; keepalive 64;")
    retries = re.search(r"proxy_next_upstream [^;]*;", PAGE)[0]
    port = free_port()
    location = f"location / {{ proxy_pass http://tonespace; {retries} }}"
    sample = f"{upstream} server {{ listen 127.0.0.1:{port}; {location} }}"
    (tmp_path / "nginx.conf").write_text(
        AROUND.format(user=getpass.getuser(), folder=tmp_path, sample=sample)
    )
    command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def wait_for(url):
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/health/live")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")


def test_every_request_is_answered_by_the_machine_that_serves(proxy):
    body = {"z": [0.5, -0.5, 0.25, 0.0], "model": "plain"}
    answers = [httpx.post(f"{proxy}/generate", json=body) for _ in range(N_REQUESTS)]
    assert [answer.status_code for answer in answers] == [200] * N_REQUESTS
    assert Busy.n_asked
