"""`python -m benchmarks.serving.soak`: ten times the load for a minute, then mixed traffic."""

import argparse
import asyncio
import time
from collections import Counter

import httpx
import numpy as np

from benchmarks.serving.contenders import contenders, running
from benchmarks.serving.load import memory_bytes

N_CONNECTIONS = 320  # ten times what the service is measured with
PAUSE_S = 0.05  # of each client of the mixed traffic, between two requests
N_CLIENTS = 4
NO_LIMITS = httpx.Limits(max_connections=None)
WARM_UP_S = 30.0  # until every kind of request was answered, before memory is read


async def main() -> None:
    """Measures one service of its own, and prints what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of mixed traffic")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    ours = contenders(None, "", "", "")[0]
    with running(ours, options.workers) as (address, group):
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=NO_LIMITS) as client:
            kinds = await _requests(client)
            await _mixed(client, kinds, WARM_UP_S)
            before = memory_bytes(group)
            crowd = await _crowd(client, 60.0)
            after_crowd = memory_bytes(group)
            codes = await _mixed(client, kinds, 60 * options.minutes)
            after = memory_bytes(group)
    print(f"{N_CONNECTIONS} connections for 60 s: {dict(crowd)}, memory {after_crowd / before - 1:+.1%}")
    print(f"mixed traffic for {options.minutes:g} min: {dict(codes)}, memory {after / before - 1:+.1%}")
    print(f"{before / 2**20:.0f} MiB before, {after / 2**20:.0f} MiB at the end")


async def _requests(client: httpx.AsyncClient) -> list[httpx.Request]:
    """One request of each kind."""
    clip = (await client.get("/sample?seed=7")).content
    z = np.random.default_rng(0).normal(0, 0.5, 256).round(4).tolist()
    wav = {"Content-Type": "audio/wav"}
    return [
        client.build_request("GET", "/sample"),
        client.build_request("GET", "/sample", params={"n": 4, "format": "ogg"}),
        client.build_request("GET", "/sample", params={"seed": 3}, headers={"Accept": "image/png"}),
        client.build_request("POST", "/generate", json={"z": z, "format": "mp3"}),
        client.build_request("POST", "/encode", content=clip, headers=wav),
        client.build_request("POST", "/reconstruct", content=clip, headers=wav),
        client.build_request("POST", "/morph", json={"from": z, "to": z[::-1], "steps": 4}),
        client.build_request("GET", "/models/digits-vae/map"),
        client.build_request("GET", "/health/ready"),
        client.build_request("GET", "/metrics"),
        client.build_request("GET", "/sample", params={"seed": "no number"}),
        client.build_request("POST", "/encode", content=b"no sound"),
    ]


async def _mixed(client: httpx.AsyncClient, kinds: list[httpx.Request], seconds: float) -> Counter[int]:
    """The status codes of clients that ask for everything in turns."""
    codes: Counter[int] = Counter()
    until = time.monotonic() + seconds

    async def ask(first: int) -> None:
        i = first
        while time.monotonic() < until:
            request = kinds[i % len(kinds)]
            again = httpx.Request(
                request.method, request.url, headers=request.headers, content=request.content
            )
            codes[(await client.send(again)).status_code] += 1
            i += 1
            await asyncio.sleep(PAUSE_S)

    await asyncio.gather(*(ask(first) for first in range(N_CLIENTS)))
    return codes


async def _crowd(client: httpx.AsyncClient, seconds: float) -> Counter[int]:
    """The status codes of many clients that ask again at once."""
    codes: Counter[int] = Counter()
    until = time.monotonic() + seconds

    async def ask() -> None:
        while time.monotonic() < until:
            codes[(await client.get("/sample")).status_code] += 1

    await asyncio.gather(*(ask() for _ in range(N_CONNECTIONS)))
    return codes


if __name__ == "__main__":
    asyncio.run(main())
