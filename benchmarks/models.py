"""The time from z to waveform and the quality of each committed model, in one thread.

    python -m benchmarks.models

Times are CPU times of one sound: the decoder alone, and with each way to a waveform. Quality figures are
those of the manifest.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from audio.manifest import Manifest
from audio.model_directory import load_manifest
from audio.spectrogram import SpectrogramTransform
from service.sound.autoencoder import Autoencoder

MODELS = Path("models")
N_RUNS = 60
BYTES_PER_MB = 1e6


def median_ms(run: Callable[[], object]) -> float:
    """The median CPU time of a run, after one that is not counted."""
    run()
    times = []
    for _ in range(N_RUNS):
        began = time.process_time()
        run()
        times.append(1e3 * (time.process_time() - began))
    return statistics.median(times)


def measured(directory: Path) -> list[str]:
    """The cells of a model's row."""
    manifest = load_manifest(directory)
    autoencoder = Autoencoder.open(directory, manifest, "cpu")
    transform = SpectrogramTransform(manifest.spectrogram)
    z = np.random.default_rng(0).normal(size=manifest.latent_dim).astype(np.float32)
    labels = {n: np.eye(len(v), dtype=np.float32)[0] for n, v in manifest.labels.items()}
    spectrogram = autoencoder.decode(z, labels)
    decoder = median_ms(lambda: autoencoder.decode(z, labels))
    gradient = median_ms(lambda: transform.inverse(spectrogram, -10.0, "gradient"))
    griffin_lim = median_ms(lambda: transform.inverse(spectrogram, -10.0))
    networks = [file for file in manifest.files if file.file.endswith(".onnx")]
    size = sum((directory / network.file).stat().st_size for network in networks)
    seconds = manifest.spectrogram.n_samples / manifest.spectrogram.sample_rate
    times = (decoder, decoder + gradient, decoder + griffin_lim, (decoder + gradient) / seconds)
    return [manifest.name, f"{size / BYTES_PER_MB:.1f}", *(f"{ms:.1f}" for ms in times), *quality(manifest)]


def quality(manifest: Manifest) -> list[str]:
    """The figures of replicas and samples; a dash where one is not measured."""
    names = ("reconstruction.stoi", "reconstruction.pesq", "sample.frechet_distance")
    return [f"{manifest.metrics[name]:.3g}" if name in manifest.metrics else "-" for name in names]


def main() -> None:
    """Prints the table, the newest version of each model a row."""
    print(
        "| model | MB | decoder ms | with gradient | with Griffin-Lim | with gradient, of a second of sound "
        "| STOI | PESQ | Frechet of samples |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in sorted(MODELS.iterdir()):
        versions = sorted(folder.glob("*/manifest.json"), key=lambda path: int(path.parent.name))
        print(f"| {' | '.join(measured(versions[-1].parent))} |")


if __name__ == "__main__":
    main()
