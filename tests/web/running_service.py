"""The service as a process on a loopback port."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
START_S = 40.0


class Service:
    """`python -m service` on a free port, which can be stopped and started again."""

    def __init__(self, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {
            "TONESPACE_HOST": "127.0.0.1",
            "TONESPACE_PORT": str(self.port),
            "TONESPACE_DRAIN_S": "0",
            **{f"TONESPACE_{name.upper()}": value for name, value in settings.items()},
        }
        self.begin()

    def begin(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service"],
            cwd=ROOT,
            env={**os.environ, **self._settings},
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process.poll() is None, "the service ended while it started"
            time.sleep(0.05)
        raise AssertionError("the service did not become ready")

    def end(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
