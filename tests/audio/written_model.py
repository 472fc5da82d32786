"""A model directory that a test can write and damage; its graphs are bytes only."""

import io
import json
from typing import Any

import numpy as np

from audio.manifest import MANIFEST_FILE
from audio.model_directory import Latents, load_manifest, sha256_of

N_CLIPS, LATENT_DIM, N_COMPONENTS = 12, 3, 4
DIGITS = ("zero", "one", "two")


def latents():
    rng = np.random.default_rng(0)
    return Latents(
        z_mean=rng.standard_normal((N_CLIPS, LATENT_DIM)).astype(np.float32),
        component=(np.arange(N_CLIPS) % N_COMPONENTS).astype(np.int32),
        labels={"digit": (np.arange(N_CLIPS) % len(DIGITS)).astype(np.int32)},
    )


def content(directory):
    """A valid manifest of the files in the directory, as JSON holds it."""

    def promise(name):
        return {"file": name, "sha256": sha256_of(directory / name)}

    image, latent, digit = [None, 28, 28, 1], [None, LATENT_DIM], [None, len(DIGITS)]
    return {
        "manifest_version": 1,
        "name": "tiny-vae",
        "version": 1,
        "kind": "variational-autoencoder",
        "description": "A café [ of  two ] words,\nand [\n  a  b\n] too.",
        "spectrogram": {"image_height": 28, "image_width": 28},
        "latent_dim": LATENT_DIM,
        "labels": {"digit": list(DIGITS)},
        "level_db": -12.5,
        "encoder": promise("encoder.onnx")
        | {
            "inputs": {"log_magnitude": image},
            "outputs": {"z_mean": latent, "z_log_var": latent, "digit": digit},
        },
        "decoder": promise("decoder.onnx")
        | {"inputs": {"z": latent, "digit": digit}, "outputs": {"log_magnitude": image}},
        "latents": promise("latents.npz"),
        "latent_distribution": {"n_components": N_COMPONENTS, "own_share": 0.5, "temperature": 0.7},
        "data": {
            "name": "noise",
            "source": "a generator",
            "licence": "none",
            "n_training_clips": N_CLIPS,
            "n_validation_clips": 0,
            "splits": "none",
        },
        "metrics": {"digit_accuracy": 0.97},
    }


def rewrite(directory, **changes):
    """manifest.json with other values, by a hand that asks no schema."""
    path = directory / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def replace_latents(directory, data):
    """Other bytes for latents.npz, with the checksum that belongs to them."""
    path = directory / "latents.npz"
    path.write_bytes(data)
    rewrite(directory, latents={"file": path.name, "sha256": sha256_of(path)})
    return load_manifest(directory)


def npz(**arrays):
    whole = latents()
    known: dict[str, Any] = {
        "z_mean": whole.z_mean,
        "component": whole.component,
        "label_digit": whole.labels["digit"],
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{n: a for n, a in (known | arrays).items() if a is not None})
    return buffer.getvalue()
