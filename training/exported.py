"""A model directory in ONNX Runtime: what is exported is compared, measured and adapted as it is served."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rich.progress import track

from audio.harmonic_pitch import with_found_pitch
from audio.harmonics import with_sharp_harmonics
from audio.latents import LatentMixture
from audio.manifest import Refiner
from audio.model_directory import load_latents, load_manifest
from audio.projection import project_clips
from audio.refinement import refined
from audio.spectrogram import SpectrogramTransform
from training.errors import ExportError

N_THREADS = os.cpu_count() or 1
PARITY_BATCHES = (1, 3, 5)
PARITY_TOLERANCE = 1e-5  # largest difference between Keras and ONNX Runtime; of the tensor's peak, if over 1

Float32 = NDArray[np.float32]
Arrays = dict[str, Float32]
Indices = NDArray[Any]  # (n_sounds,), integers


class OnnxNetwork:
    """One exported graph in ONNX Runtime: named arrays in, named arrays out."""

    def __init__(self, path: Path, n_threads: int = N_THREADS) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        self._session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, inputs: Arrays, batch_size: int = 64) -> Arrays:
        """The outputs for all rows of the inputs, batch by batch."""
        n_rows = len(next(iter(inputs.values())))
        parts = []
        for start in range(0, n_rows, batch_size):
            batch = {name: rows[start : start + batch_size] for name, rows in inputs.items()}
            parts.append(self._session.run(self._outputs, batch))
        columns = zip(*parts, strict=True)
        return {name: np.concatenate(column) for name, column in zip(self._outputs, columns, strict=True)}


class ExportedModel:
    """A model directory, opened for evaluation."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.manifest = directory, load_manifest(directory)
        self.transform = SpectrogramTransform(self.manifest.spectrogram)
        self.encoder = OnnxNetwork(directory / self.manifest.encoder.file)
        self.decoder = OnnxNetwork(directory / self.manifest.decoder.file)
        self.latents = load_latents(directory, self.manifest)
        distribution, numbers = self.manifest.latent_distribution, self.manifest.numbers
        self.mixture = LatentMixture(self.latents, distribution, numbers)

    def spectrograms(self, waveforms: Sequence[Float32]) -> tuple[Float32, Float32]:
        """The spectrograms (n, H, W, 1) of clips of any length, and their levels (n,), dBFS."""
        fitted = [self.transform.fit_length(waveform)[0] for waveform in waveforms]
        images, levels = zip(*map(self.transform.forward, fitted), strict=True)
        return np.stack(images)[..., None], np.array(levels, np.float32)

    def encode(self, images: Float32) -> Arrays:
        """The posterior of each spectrogram (n, H, W, 1), its mean refined where the model has a refiner.

        The pitch of notes is that of their harmonics.
        """
        posterior = self.encoder({"log_magnitude": images})
        for i, image in enumerate(images):
            recognised = {name: posterior[name][i] for name in self.manifest.labels}
            for name, weights in with_found_pitch(recognised, image[..., 0], self.manifest).items():
                posterior[name][i] = weights
        if self.manifest.refiner:
            recognised = {name: posterior[name] for name in self.manifest.labels}
            inputs = recognised | {"log_magnitude": images, "z": posterior["z_mean"]}
            posterior["z_mean"] = refine(self.directory, self.manifest.refiner, inputs)
        return posterior

    def decode(self, z: Float32, labels: Mapping[str, Indices]) -> Float32:
        """The spectrograms (n, H, W, 1) of points (n, latent_dim) with the values of labels, (n,) each."""
        one_hot = {n: np.eye(len(v), dtype=np.float32)[labels[n]] for n, v in self.manifest.labels.items()}
        return self.decode_weighted(z, one_hot)

    def decode_weighted(self, z: Float32, labels: Mapping[str, Float32]) -> Float32:
        """The spectrograms (n, H, W, 1) of points with weights of label values, (n, n_values) each."""
        weights = {name: labels[name] for name in self.manifest.labels}
        images = self.decoder({"z": z} | weights)["log_magnitude"]
        for i, image in enumerate(images):
            images[i, ..., 0] = with_sharp_harmonics(image[..., 0], _row(weights, i), self.manifest)
        return images

    def reconstruct(self, images: Float32) -> Float32:
        """The spectrograms (n, H, W, 1) encoded and decoded, with the labels that the encoder recognises."""
        posterior = self.encode(images)
        labels = {name: posterior[name] for name in self.manifest.labels}
        return self.decode_weighted(posterior["z_mean"], labels)

    def converted(self, images: Float32, name: str, wanted: Indices) -> Float32:
        """The spectrograms (n, H, W, 1) converted to the wanted values, (n,), of a label."""
        posterior = self.encode(images)
        recognised = {label: posterior[label] for label in self.manifest.labels}
        asked = recognised | {name: np.eye(recognised[name].shape[1], dtype=np.float32)[wanted]}
        z = [
            self.mixture.converted(z_mean, _row(recognised, i), _row(asked, i))
            for i, z_mean in enumerate(posterior["z_mean"])
        ]
        return self.decode_weighted(np.stack(z), asked)

    def sample(
        self, n_samples: int, rng: np.random.Generator, asked: Mapping[str, Float32] | None = None
    ) -> tuple[Float32, dict[str, NDArray[np.int64]]]:
        """Spectrograms sampled with the asked labels at the default temperature, and their label values."""
        temperature = self.manifest.latent_distribution.temperature
        among = self.mixture.matching(asked or {})
        samples = [self.mixture.sample(rng, temperature, among, asked or {}) for _ in range(n_samples)]
        component = np.array([sample.component for sample in samples])
        clip = np.array([sample.clip for sample in samples])
        labels = {name: values[component] for name, values in self.mixture.labels.items()}
        labels |= {name: self.latents.labels[name][clip].astype(np.int64) for name in self.manifest.numbers}
        labels |= {name: np.full(n_samples, vector.argmax()) for name, vector in (asked or {}).items()}
        return self.decode(np.stack([sample.z for sample in samples]), labels), labels

    def map_spots(self, n_spots: int, rng: np.random.Generator) -> tuple[Float32, dict[str, Indices]]:
        """Spectrograms of random spots on the map with the labels that they have there, like the page's."""
        z, labels = self.latents.z_mean.astype(np.float64), self.latents.labels
        plane = project_clips(self.latents, self.manifest)
        spots = rng.uniform(plane.xy.min(axis=0), plane.xy.max(axis=0), (n_spots, 2))
        clips = np.array([plane.labelled(spot) for spot in spots])
        there = {name: values[clips] for name, values in labels.items()}
        points = np.stack([plane.z_under(spot, z) for spot in spots]).astype(np.float32)
        return self.decode(points, there), there

    def waveforms(self, images: Float32, levels: Float32, description: str) -> list[Float32]:
        """The waveforms of spectrograms (n, H, W, 1) at levels (n,), dBFS; `description` names the bar."""
        pairs = list(zip(images, levels, strict=True))
        return [
            self.transform.inverse(image[..., 0], float(level))
            for image, level in track(pairs, description=description)
        ]


def refine(directory: Path, refiner: Refiner, inputs: Arrays) -> Float32:
    """The points of log_magnitude, z and labels, refined: (n_clips, latent_dim)."""
    network, n_clips = OnnxNetwork(directory / refiner.file, n_threads=1), len(inputs["z"])

    def refined_alone(i: int) -> Float32:
        row = {name: rows[i : i + 1] for name, rows in inputs.items()}

        def step(image: Float32, z: Float32) -> Float32:
            return network(row | {"log_magnitude": image, "z": z})["step"]

        return refined(row["log_magnitude"], row["z"], step, refiner)

    with ThreadPoolExecutor(N_THREADS) as pool:
        found = pool.map(refined_alone, range(n_clips))
        return np.concatenate([*track(found, description="Refining", total=n_clips)])


def compare(
    name: str,
    network: Callable[[Arrays], dict[str, Any]],
    exported: OnnxNetwork,
    examples: Arrays,
    batches: Sequence[int] = PARITY_BATCHES,
    tolerance: float = PARITY_TOLERANCE,
) -> None:
    """Raise unless a graph computes what the Keras network does.

    Args:
        name: of the network.
        network: of named inputs and outputs.
        exported: its graph.
        examples: inputs to compare on, (any, ...) each.
        batches: how many of them at a time.
        tolerance: of the largest difference, relative to the peak where that is over 1.

    Raises:
        ExportError: it has other outputs, or differs by more than the tolerance.
    """
    for n_rows in batches:
        rows = {n: np.resize(values, (n_rows, *values.shape[1:])) for n, values in examples.items()}
        expected = {n: np.asarray(keras.ops.convert_to_numpy(v)) for n, v in network(rows).items()}
        found = exported(rows)
        if found.keys() != expected.keys():
            raise ExportError(f"{name}: the graph returns {sorted(found)}, not {sorted(expected)}")
        for output, values in expected.items():
            difference = float(np.abs(values - found[output]).max() / max(1.0, np.abs(values).max()))
            if not difference <= tolerance:
                raise ExportError(f"{name}.{output}: differs from Keras by {difference:.1e}")


def _row(labels: Mapping[str, Float32], row: int) -> Arrays:
    return {name: vectors[row] for name, vectors in labels.items()}
