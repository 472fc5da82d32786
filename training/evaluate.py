"""How good an exported model is, read from the sounds it makes.

Every figure comes from the ONNX graphs and the draws that the service uses, heard through the same
inverse. `real` and `inverted` stand beside them as the ceiling.
"""

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.latents import LatentMixture
from audio.manifest import CARD_FILE, Manifest, load_latents, load_manifest, save_manifest
from audio.spectrogram import SpectrogramTransform
from training.card import card_of
from training.config import Config
from training.dataset import Dataset, load_splits
from training.errors import RunError
from training.export import OnnxNetwork
from training.recogniser import HEARING, Heard, Recogniser, train_recogniser

log = logging.getLogger(__name__)

N_SAMPLES = 600
SAMPLE_SEED = 0

Float32 = NDArray[np.float32]


class ExportedModel:
    """A model directory, opened for evaluation."""

    def __init__(self, directory: Path) -> None:
        self.manifest = load_manifest(directory)
        self.transform = SpectrogramTransform(self.manifest.spectrogram)
        self.encoder = OnnxNetwork(directory / self.manifest.encoder.file)
        self.decoder = OnnxNetwork(directory / self.manifest.decoder.file)
        latents = load_latents(directory, self.manifest)
        self.mixture = LatentMixture.fit(latents, self.manifest.latent_distribution)

    def reconstruct(self, images: Float32) -> Float32:
        """The pictures (n, H, W, 1) encoded and decoded, with the labels that the encoder hears."""
        posterior = self.encoder({"log_magnitude": images})
        labels = {name: posterior[name] for name in self.manifest.labels}
        return self.decoder({"z": posterior["z_mean"]} | labels)["log_magnitude"]

    def sample(
        self, n_samples: int, rng: np.random.Generator
    ) -> tuple[Float32, dict[str, NDArray[np.int64]]]:
        """Pictures of draws at the default temperature, and the labels that were drawn."""
        temperature = self.manifest.latent_distribution.temperature
        everywhere = np.ones(self.mixture.weights.size, np.bool_)
        draws = [self.mixture.sample(rng, temperature, everywhere) for _ in range(n_samples)]
        component = np.array([draw.component for draw in draws])
        drawn = {name: values[component] for name, values in self.mixture.labels.items()}
        one_hot = {n: np.eye(len(v), dtype=np.float32)[drawn[n]] for n, v in self.manifest.labels.items()}
        z = np.stack([draw.z for draw in draws])
        return self.decoder({"z": z} | one_hot)["log_magnitude"], drawn

    def waveforms(self, images: Float32, levels: Float32, told: str) -> list[Float32]:
        """What the pictures sound like."""
        pairs = list(zip(images, levels, strict=True))
        return [
            self.transform.inverse(image[..., 0], float(level))
            for image, level in track(pairs, description=told)
        ]


def evaluate(directory: Path, config: Config, split: str, cache: Path) -> Manifest:
    """The manifest with fresh metrics; it and the card are written to the directory.

    Args:
        directory: models/<name>/<version>.
        config: where the recordings are.
        split: the clips to read on, `validation` or `test`.
        cache: where the trained recogniser is kept.

    Raises:
        RunError: the config is of another model, or the split is empty.
    """
    model = ExportedModel(directory)
    if config.spectrogram != model.manifest.spectrogram:
        raise RunError(f"{directory} was trained with another spectrogram than the config's")
    clips = load_splits(config)[split]
    if not len(clips):
        raise RunError(f"the {split} split holds no clips in {config.data.recordings}")
    metrics = _distances(model, clips)
    if clips.labels:
        metrics |= _recognised(model, config, clips, split, cache)
    manifest = model.manifest.model_copy(update={"metrics": {k: round(v, 4) for k, v in metrics.items()}})
    (directory / CARD_FILE).write_text(card_of(manifest), encoding="utf-8")
    save_manifest(directory, manifest)
    return manifest


def _distances(model: ExportedModel, clips: Dataset) -> dict[str, float]:
    """How far the replicas' pictures are from the pictures, in dB over the cells of a clip."""
    images = clips.log_magnitude.astype(np.float32)
    error_db = (model.reconstruct(images) - images) * -model.manifest.spectrogram.floor_db
    per_clip = np.sqrt(np.square(error_db).mean(axis=(1, 2, 3)))
    return {"n_clips": float(len(clips)), "reconstruction_log_spectral_distance_db": float(per_clip.mean())}


def _recognised(
    model: ExportedModel, config: Config, clips: Dataset, split: str, cache: Path
) -> dict[str, float]:
    spectrogram = HEARING.model_copy(update={"sample_rate": config.spectrogram.sample_rate})
    heard_splits = load_splits(config.model_copy(update={"spectrogram": spectrogram}))
    recogniser = train_recogniser(heard_splits["train"], spectrogram.sample_rate, cache)
    images = clips.log_magnitude.astype(np.float32)
    metrics = _agreement("real", recogniser.look(heard_splits[split].log_magnitude), clips.labels)
    metrics |= _heard(model, recogniser, "inverted", images, clips.level_db, clips.labels)
    replicas = model.reconstruct(images)
    metrics |= _heard(model, recogniser, "reconstruction", replicas, clips.level_db, clips.labels)
    drawn, labels = model.sample(N_SAMPLES, np.random.default_rng(SAMPLE_SEED))
    levels = np.full(N_SAMPLES, model.manifest.level_db, np.float32)
    return metrics | _heard(model, recogniser, "sample", drawn, levels, labels)


def _heard(
    model: ExportedModel,
    recogniser: Recogniser,
    what: str,
    images: Float32,
    levels: Float32,
    truth: dict[str, NDArray[np.int64]] | dict[str, NDArray[np.int32]],
) -> dict[str, float]:
    return _agreement(what, recogniser.hear(model.waveforms(images, levels, f"Hearing {what}")), truth)


def _agreement(
    what: str, heard: Heard, truth: dict[str, NDArray[np.int64]] | dict[str, NDArray[np.int32]]
) -> dict[str, float]:
    """How often the likeliest label is the true one, and how sure the recogniser is of the likeliest."""
    figures = {}
    for name, probabilities in heard.probabilities.items():
        right = probabilities.argmax(axis=1) == truth[name]
        figures[f"{what}_{name}_accuracy"] = float(right.mean())
        figures[f"{what}_{name}_confidence"] = float(probabilities.max(axis=1).mean())
    return figures
