"""The cost of one training step, in a process of its own: `python -m training.replication.step_cost ...`.

A process has one Keras backend and one peak of memory; it prints one JSON object.
"""

import argparse
import importlib
import json
import resource
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.config import load_config
from training.fit.train import devices
from training.networks.autoencoder import build_decoder, build_encoder
from training.replication.workshop import THESIS_TOML

MEBIBYTE = 1024**2
STATUS, CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # Linux; sizes there are in kB


def main() -> None:
    """Prints time on the clock and of the processor a step, the memory that training took, and where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", type=int, nargs=3, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
    before = _forget_peak()
    network = build(tuple(options.shape))
    rng = np.random.default_rng(0)
    x = rng.random((options.batch_size, *options.shape), np.float32)
    y = rng.random((options.batch_size, *network.output_shape[1:]), np.float32)
    network.train_on_batch(x, y)  # compiles
    clock, processor = time.perf_counter(), time.process_time()
    for _ in range(options.steps):
        loss = network.train_on_batch(x, y)
    float(loss)
    found = {
        "backend": keras.backend.backend(),
        "device": devices(),
        "step_ms": 1e3 * (time.perf_counter() - clock) / options.steps,
        "processor_ms": 1e3 * (time.process_time() - processor) / options.steps,
        "mebibytes": _peak_mebibytes() - before,
    }
    print(json.dumps(found))


def _peak_mebibytes() -> float:
    """The most that was taken since `_forget_peak`: of the GPU where one is used, else of the process."""
    if devices() == "cpu":
        return _of_process("VmHWM")
    name = keras.backend.backend()
    backend: Any = importlib.import_module(name)
    if name == "tensorflow":
        peak = backend.config.experimental.get_memory_info("GPU:0")["peak"]
    elif name == "torch":
        peak = backend.cuda.max_memory_allocated()
    else:
        peak = backend.devices()[0].memory_stats()["peak_bytes_in_use"]
    return float(peak) / MEBIBYTE


def _forget_peak() -> float:
    """The memory in use, MiB; resets the peak of the process."""
    if devices() != "cpu":
        return 0.0
    if CLEAR_REFS.exists():
        CLEAR_REFS.write_text("5")
    return _of_process("VmRSS")


def _of_process(name: str) -> float:
    """A size of this process in MiB; on other systems than Linux its peak since it began."""
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return float(line.split()[1]) / 1024


def build(shape: tuple[int, int, int]) -> keras.Model:
    """The compiled autoencoder of the thesis for images of a shape."""
    config = load_config(THESIS_TOML)
    image = keras.Input(shape)
    z = build_encoder(config, {}, shape)({"log_magnitude": image})["z_mean"]
    network = keras.Model(image, build_decoder(config, {}, shape)({"z": z})["log_magnitude"])
    network.compile(keras.optimizers.Adam(config.fit.learning_rate), "mse")
    return network


if __name__ == "__main__":
    main()
