"""A model of known label values becomes one of more values."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.config import Config
from training.networks.autoencoder import Autoencoder
from training.networks.numbers import N_BUMPS
from training.networks.restore import restore_weights

Float32 = NDArray[np.float32]
Values = Mapping[str, tuple[str, ...]]  # label name -> its values


def grown(encoder: Path, decoder: Path, config: Config, known: Values, values: Values) -> Autoencoder:
    """An exported model with more label values; each new one begins as the mean of the known ones.

    Args:
        encoder: its graph.
        decoder: its graph.
        config: the experiment it was trained by.
        known: label name -> the values that it knows.
        values: the same names, first the same values, then the new ones.

    Raises:
        ExportError: the graphs are not those of the config.
    """
    before = Autoencoder(config, known)
    restore_weights(before.encoder, encoder)
    restore_weights(before.decoder, decoder)
    after = Autoencoder(config, values)
    n_new = {name: len(v) - len(known[name]) for name, v in values.items()}
    for old, new in zip(before.encoder.layers, after.encoder.layers, strict=True):
        added = n_new.get(old.name, 0)
        new.set_weights([_extended(w, added) if added else w for w in old.get_weights()])
    for old, new in zip(before.decoder.layers, after.decoder.layers, strict=True):
        weights = old.get_weights()
        if weights and weights[0].shape != tuple(new.weights[0].shape):  # a layer that labels go into
            widths = {n: N_BUMPS if n in config.data.numbers else len(v) for n, v in known.items()}
            weights[0] = _with_rows(weights[0], config.model.latent_dim, widths, n_new)
        new.set_weights(weights)
    return after


def _extended(weights: Float32, n_new: int) -> Float32:
    """The same with n_new more entries in the last axis, each the mean of those that are there."""
    mean = weights.mean(axis=-1, keepdims=True)
    return np.concatenate([weights, *[mean] * n_new], axis=-1)


def _with_rows(
    kernel: Float32, latent_dim: int, widths: Mapping[str, int], n_new: Mapping[str, int]
) -> Float32:
    """The kernel of a layer that z and the labels go into, with rows for the new values of each.

    Args:
        kernel: (latent_dim + the widths, any).
        latent_dim: of z.
        widths: label -> the number of its rows.
        n_new: label -> the number of its new values.
    """
    ends = latent_dim + np.cumsum(list(widths.values()))
    z, *rows = np.split(kernel, [latent_dim, *ends[:-1]])
    return np.concatenate([z, *(_extended(r.T, n_new[name]).T for name, r in zip(widths, rows, strict=True))])
