"""The service as a process."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
STARTED_WITHIN_S = 60.0  # on a machine that is busy with something else
EXIT_WITHIN_S = 10.0
RECOVERED_WITHIN_S = 30.0


class Service:
    def __init__(self, models_dir, command=(sys.executable, "-m", "service"), **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TONESPACE_")}
        settings = {"port": self.port, "models_dir": models_dir, "default_model": "voices", **settings}
        environment |= {f"TONESPACE_{name.upper()}": str(value) for name, value in settings.items()}
        self.url = f"http://127.0.0.1:{self.port}"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self, within_s=STARTED_WITHIN_S):
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return time.monotonic() - self.began
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready: {self.stop()}")

    def stop(self, with_signal=signal.SIGTERM, exit_within_s=EXIT_WITHIN_S):
        """Its standard error, after the signal."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.communicate(timeout=exit_within_s)[1]


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition):
    until = time.monotonic() + RECOVERED_WITHIN_S
    while not condition():
        assert time.monotonic() < until, "it did not recover"
        time.sleep(0.02)
