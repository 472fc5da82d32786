"""The functions in a loop in several processes, without HTTP."""

import multiprocessing
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import numpy as np

from benchmarks.serving.functions import Functions

N_WARMUP = 20
TIMEOUT_S = 60.0


def bare_rate(path: str, n_processes: int, seconds: float) -> float:
    """Calls a second of the functions alone, of all processes together."""
    context = multiprocessing.get_context("spawn")
    barrier, rates = context.Barrier(n_processes), context.Queue()
    processes = [
        context.Process(target=_call, args=(path, seconds, barrier, rates)) for _ in range(n_processes)
    ]
    for process in processes:
        process.start()
    found = [rates.get(timeout=seconds + TIMEOUT_S) for _ in processes]
    for process in processes:
        process.join()
    return float(sum(found))


def _call(path: str, seconds: float, barrier: Barrier, rates: "Queue[float]") -> None:
    functions, rng = Functions(), np.random.default_rng(0)
    z = rng.normal(0, 0.5, functions.latent_dim).tolist()

    def sample() -> bytes:
        return functions.sample(int(rng.integers(2**32)))

    def generate() -> bytes:
        return functions.generate(z)

    call = sample if path == "sample" else generate
    for _ in range(N_WARMUP):
        call()
    barrier.wait()
    n_calls, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        call()
        n_calls += 1
    rates.put(n_calls / took)
