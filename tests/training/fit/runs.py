"""What tests read of runs."""

import csv

import numpy as np

from training.data.dataset import load_splits
from training.fit.run import open_run
from training.fit.train import fit

PLAIN = (  # nothing random but the order and the shifts of the clips, which follow from (seed, epoch)
    "model.kind=autoencoder",
    "model.conditional=false",
    "model.network.input_noise=0.0",
)


def run_of(config, run):
    open_run(config, run, restart=False)
    return fit(config, load_splits(config), run)


def history_of(run):
    with (run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def largest_difference(one, other):
    pairs = zip(one.trainable_weights, other.trainable_weights, strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)
