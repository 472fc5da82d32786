"""How long the service takes to answer: one request after the other, over loopback."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import numpy as np

N_WARMUP, N_REQUESTS = 20, 200


@contextlib.contextmanager
def service() -> Iterator[httpx.Client]:
    """A client of a service process of its own, ready and ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"TONESPACE_PORT": str(port), "TONESPACE_LOG_LEVEL": "warning"}
    process = subprocess.Popen([sys.executable, "-m", "service"], env=os.environ | settings)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            started = time.perf_counter()
            while not _is_ready(client):
                time.sleep(0.02)
            print(f"ready after {time.perf_counter() - started:.2f} s\n")
            yield client
    finally:
        process.terminate()
        process.wait()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def main() -> None:
    """Prints the table."""
    with service() as client:
        clip = client.get("/sample?seed=7").content
        latent_dim = client.get("/models/digits-vae").json()["latent_dim"]
        wav = {"Content-Type": "audio/wav"}
        requests = {
            "GET /health/live": client.build_request("GET", "/health/live"),
            "GET /sample": client.build_request("GET", "/sample?seed=7"),
            "GET /sample, zero phase": client.build_request("GET", "/sample?seed=7&phase=zero"),
            "POST /generate": client.build_request("POST", "/generate", json={"z": [0.0] * latent_dim}),
            "POST /encode": client.build_request("POST", "/encode", content=clip, headers=wav),
            "POST /reconstruct": client.build_request("POST", "/reconstruct", content=clip, headers=wav),
        }
        print("| request | median ms | p95 ms |\n|---|---|---|")
        for name, request in requests.items():
            times = []
            for _ in range(N_WARMUP + N_REQUESTS):
                started = time.perf_counter()
                client.send(request).raise_for_status()
                times.append(1e3 * (time.perf_counter() - started))
            counted = times[N_WARMUP:]
            print(f"| {name} | {np.median(counted):.1f} | {np.percentile(counted, 95):.1f} |")


if __name__ == "__main__":
    main()
