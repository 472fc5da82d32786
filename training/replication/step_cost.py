"""What one training step costs, in a process of its own: `python -m training.replication.step_cost ...`.

A process has one Keras backend and one peak of memory; it prints one JSON object.
"""

import argparse
import json
import resource
import time

import keras
import numpy as np

from training.config import load_config
from training.networks import build_decoder, build_encoder
from training.replication.workshop import THESIS_TOML
from training.train import devices

MEBIBYTE_KB = 1024  # ru_maxrss counts kilobytes on Linux


def main() -> None:
    """Prints seconds on the clock and of the processor a step, the peak of memory, and where it ran."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", type=int, nargs=3, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    options = parser.parse_args()
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
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE_KB,
    }
    print(json.dumps(found))


def build(shape: tuple[int, int, int]) -> keras.Model:
    """The compiled autoencoder of the thesis for pictures of a shape."""
    config = load_config(THESIS_TOML)
    image = keras.Input(shape)
    z = build_encoder(config, {}, shape)({"log_magnitude": image})["z_mean"]
    network = keras.Model(image, build_decoder(config, {}, shape)({"z": z})["log_magnitude"])
    network.compile(keras.optimizers.Adam(config.fit.learning_rate), "mse")
    return network


if __name__ == "__main__":
    main()
