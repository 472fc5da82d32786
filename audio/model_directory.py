"""A model directory: its manifest, the check that it keeps it, and the latents of its training clips.

models/<name>/<version>/   encoder.onnx · decoder.onnx · refiner.onnx · latents.npz · card.md · manifest.json

The manifest is written last, so that a directory with a manifest is a whole one.
"""

import hashlib
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from audio.errors import ChecksumError, ManifestError, NoVersionError
from audio.manifest import MANIFEST_FILE, Manifest

CARD_FILE = "card.md"
LINE_BREAK = r"\n\s*"
VERSION = re.compile(r"[1-9][0-9]*")  # the name of its directory

# What np.load and its lazy members raise for files that are cut, damaged, pickled or no archive at all.
UNREADABLE_ARRAYS = (
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class Latents(NamedTuple):
    """The encoded training clips of a model."""

    z_mean: NDArray[np.float32]  # (n_clips, latent_dim)
    component: NDArray[np.int32]  # (n_clips,), index of the mixture component
    labels: dict[str, NDArray[np.int32]]  # name -> (n_clips,), index into the values in the manifest
    level_db: NDArray[np.float32] | None = None  # (n_clips,), dBFS; older models do not say


def versions_of(model: Path) -> list[Path]:
    """The directories models/<name>/<version> of a model that are whole, the newest last."""
    whole = (path.parent for path in model.glob(f"*/{MANIFEST_FILE}"))
    return sorted((path for path in whole if VERSION.fullmatch(path.name)), key=lambda path: int(path.name))


def newest_version(model: Path) -> Path:
    """The directory of a model's newest version.

    Raises:
        NoVersionError: no directory of the model is whole.
    """
    versions = versions_of(model)
    if not versions:
        raise NoVersionError(model)
    return versions[-1]


def load_manifest(directory: Path) -> Manifest:
    """The verified manifest of a model directory: schema, and every file present with its checksum.

    Raises:
        ManifestError: manifest.json is missing, unreadable or breaks the schema.
        ChecksumError: a file is missing or was changed.
    """
    path = directory / MANIFEST_FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise ManifestError(path, f"cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ManifestError(path, f"{where}: {first['msg']}") from error
    for promised in manifest.files:
        _verify(directory / promised.file, promised.sha256)
    return manifest


def save_manifest(directory: Path, manifest: Manifest) -> None:
    """Writes manifest.json in one atomic rename."""
    temporary = directory / f".{MANIFEST_FILE}.new"
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    # Flat lists on one line. A line break is always layout: within JSON strings it is escaped.
    text = re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s*\]", lambda m: f"[{re.sub(LINE_BREAK, ' ', m[1])}]", text)
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(directory / MANIFEST_FILE)


def load_latents(directory: Path, manifest: Manifest) -> Latents:
    """The arrays of latents.npz, checked against the manifest; never unpickles.

    Raises:
        ManifestError: an array is missing or has another shape than the manifest implies.
    """
    path = directory / manifest.latents.file
    values_of = manifest.labels | manifest.clip_labels
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            z_mean = arrays["z_mean"].astype(np.float32)
            component = arrays["component"].astype(np.int32)
            labels = {n: arrays[f"label_{n}"].astype(np.int32) for n in values_of}
            level_db = arrays["level_db"].astype(np.float32) if "level_db" in arrays else None
    except UNREADABLE_ARRAYS as error:
        raise ManifestError(path, f"is not the latents file of this manifest: {error}") from error
    n_clips = len(component)
    if z_mean.shape != (n_clips, manifest.latent_dim) or not n_clips or not np.isfinite(z_mean).all():
        raise ManifestError(path, f"z_mean of shape {z_mean.shape} is not finite or of another model")
    limits = {"component": (component, manifest.latent_distribution.n_components)}
    limits |= {n: (labels[n], len(values)) for n, values in values_of.items()}
    for name, (indices, n_values) in limits.items():
        if indices.shape != (n_clips,) or indices.min() < 0 or indices.max() >= n_values:
            raise ManifestError(path, f"{name} does not index {n_values} values for {n_clips} clips")
    if level_db is not None and (level_db.shape != (n_clips,) or not np.isfinite(level_db).all()):
        raise ManifestError(path, f"level_db is not one finite level for each of {n_clips} clips")
    return Latents(z_mean, component, labels, level_db)


def save_latents(path: Path, latents: Latents) -> None:
    """Writes the arrays that `load_latents` reads."""
    arrays = {f"label_{n}": v.astype(np.int16) for n, v in latents.labels.items()}
    if latents.level_db is not None:
        arrays["level_db"] = latents.level_db.astype(np.float32)
    np.savez_compressed(
        path,
        allow_pickle=False,
        z_mean=latents.z_mean.astype(np.float32),
        component=latents.component.astype(np.int16),
        **arrays,
    )


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ChecksumError(path, "is missing")
    if sha256_of(path) != expected:
        raise ChecksumError(path, "differs from the checksum in the manifest")
