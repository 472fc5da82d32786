"""`make bench-serving`: the service, its own functions without HTTP, and other servers of these functions.

Contenders take turns in every round. A round with more than 5 % of processor time of other work is left out.
"""

import argparse
import os
import platform
import statistics
import sys
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np

from benchmarks.serving.bare import bare_rate
from benchmarks.serving.contenders import ROOT, Contender, contenders, running
from benchmarks.serving.load import load, memory_bytes

RESULTS = ROOT / "benchmarks" / "results" / "serving.md"
MAX_FOREIGN_SHARE = 0.05
BODY = '{{"z": [{}]}}'.format(",".join(f"{x:.4f}" for x in np.random.default_rng(0).normal(0, 0.5, 256)))

Rates = dict[tuple[str, str, int], list[float]]  # contender, path, connections


def main() -> int:
    """Measures, prints the tables and writes them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--base", type=Path, help="a checkout of an older version")
    parser.add_argument("--base-python", default=sys.executable, help="its interpreter")
    parser.add_argument("--bench-python", default=sys.executable, help="one with granian, litserve, bentoml")
    parser.add_argument("--training-python", default=sys.executable, help="one with Keras and librosa")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of contenders")
    options = parser.parse_args()
    found = contenders(options.base, options.base_python, options.bench_python, options.training_python)
    chosen = [each for each in found if not options.only or each.name in options.only]
    report = _measured(chosen, options.workers, options.rounds, options.seconds)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report, encoding="utf-8")
    print(report)
    return 0


def _measured(chosen: list[Contender], n_workers: int, n_rounds: int, seconds: int) -> str:
    rates: Rates = defaultdict(list)
    medians: dict[tuple[str, str], list[float]] = defaultdict(list)
    n_left_out = 0
    with ExitStack() as stack:
        servers = [(each, *stack.enter_context(running(each, n_workers))) for each in chosen]
        for _ in range(n_rounds):
            for path in ("generate", "sample"):
                rates["bare", path, n_workers].append(bare_rate(path, n_workers, seconds))
                medians["bare", path].append(1e3 / bare_rate(path, 1, seconds))
                for each, address, group in servers:
                    if path == "sample" and not each.samples:
                        continue
                    for n_connections in (1, 8, 32):
                        body = BODY if path == "generate" else None
                        result = load(f"{address}/{path}", n_connections, seconds, group, body)
                        if result.foreign_share > MAX_FOREIGN_SHARE:
                            n_left_out += 1
                            continue
                        rates[each.name, path, n_connections].append(result.good_per_s)
                        if n_connections == 1:
                            medians[each.name, path].append(result.median_ms)
        pressure = _under_pressure(*servers[0][1:]) if chosen[0].name == "tonespace" else ""
    return _report(rates, medians, n_workers, n_left_out) + pressure


def _under_pressure(address: str, group: int) -> str:
    """The service with 256 connections that ask again at once, and /health/live meanwhile."""
    before = memory_bytes(group)
    best = load(f"{address}/sample", 32, 10, group).good_per_s
    times: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        with httpx.Client() as client:
            while not ended.wait(0.05):
                began = time.perf_counter()
                client.get(f"{address}/health/live").raise_for_status()
                times.append(1e3 * (time.perf_counter() - began))

    asking = threading.Thread(target=ask)
    asking.start()
    good = load(f"{address}/sample", 256, 20, group).good_per_s
    ended.set()
    asking.join()
    grown = memory_bytes(group) / before - 1
    return (
        "\n## Under pressure\n\n"
        f"- 256 connections that ask again at once: {good:.0f} good answers/s, {good / best:.2f} of the rate "
        "at 32.\n"
        f"- /health/live meanwhile: median {np.median(times):.1f} ms, 99th percentile "
        f"{np.percentile(times, 99):.1f} ms.\n"
        f"- Memory of all processes: {before / 2**20:.0f} MiB before, {100 * grown:+.1f} % after.\n"
    )


def _report(
    rates: Rates, medians: dict[tuple[str, str], list[float]], n_workers: int, n_left_out: int
) -> str:
    """The tables, in Markdown."""
    names = list(dict.fromkeys(name for name, _, _ in rates))
    lines = ["# Serving", "", _machine(n_workers, n_left_out), ""]
    for path in ("generate", "sample"):
        bare = statistics.median(rates["bare", path, n_workers])
        lines += [
            f"## /{path}",
            "",
            "| | 1 connection, median ms | 8 connections | 32 connections | best / bare |",
            "|---|---|---|---|---|",
        ]
        alone_ms = _cell(medians["bare", path], 2)
        lines.append(f"| bare functions, {n_workers} processes | {alone_ms} | | {bare:.0f} | 1 |")
        for name in names:
            found = [rates.get((name, path, c), []) for c in (8, 32)]
            if name == "bare" or not any(found):
                continue
            best = max(statistics.median(of) for of in found if of) / bare
            shown = [_cell(medians[name, path], 2), *(_cell(of, 0) for of in found), f"{best:.2f}"]
            lines.append(f"| {name} | {' | '.join(shown)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(values: list[float], n_digits: int) -> str:
    """The median, or "-" where all loads were left out."""
    return f"{statistics.median(values):.{n_digits}f}" if values else "-"


def _machine(n_workers: int, n_left_out: int) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return (
        f"Written by `make bench-serving`. Requests/s with {n_workers} worker processes on {os.cpu_count()} "
        f"cores ({model}), Python {platform.python_version()}. Medians of the rounds. Contenders take turns. "
        f"{n_left_out} loads were left out, since more than 5 % of the processor time was other work. "
        "A '-' is in place of a figure whose loads were all left out."
    )


if __name__ == "__main__":
    sys.exit(main())
