"""Time and quality by the number of refinement steps, by which the models' numbers of steps were chosen.

    python -m benchmarks.refinement

Time is CPU time from a spectrogram to z. Replicas are of the validation clips of the model's config, so this
needs the recordings and the training environment.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from audio.model_directory import load_manifest, newest_version
from benchmarks.clips import recordings_folder
from training.config import load_config
from training.data.dataset import load_splits
from training.exported import ExportedModel
from training.measure.measures import likeness
from training.measure.sounds import recorded

MODELS, CONFIGS = Path("models"), Path("training/configs")
STEPS = (0, 4, 8, 16, 32)


def rows(directory: Path, recordings: Path, n_clips: int) -> list[list[str]]:
    """The cells of each number of steps."""
    model = ExportedModel(directory)
    trained = model.manifest
    config = load_config(CONFIGS / f"{trained.name}.toml", [f"data.recordings={recordings}"])
    clips = load_splits(config)["validation"]
    clips = clips.take(np.unique(np.linspace(0, len(clips) - 1, n_clips).round().astype(int)))
    originals, images = recorded(config, clips), clips.log_magnitude.astype(np.float32)
    found, alone_ms = [], 0.0
    for n_steps in STEPS:
        some = (
            trained.refiner.model_copy(update={"n_steps": n_steps}) if trained.refiner and n_steps else None
        )
        model.manifest = trained.model_copy(update={"refiner": some})
        began = time.process_time()
        posterior = model.encode(images)
        each_ms = 1e3 * (time.process_time() - began) / len(clips)
        alone_ms = alone_ms or each_ms
        labels = {name: posterior[name] for name in trained.labels}
        replicas = model.decoder({"z": posterior["z_mean"]} | labels)["log_magnitude"]
        like = likeness(originals, model.waveforms(replicas, clips.level_db, "Replicas"), model.transform)
        quality = [f"{like['stoi']:.3f}", f"{like['pesq']:.2f}" if "pesq" in like else "-"]
        quality.append(f"{like['mel_cepstral_distortion_db']:.2f}")
        found.append([trained.name, f"{n_steps}", f"{each_ms:.1f}", f"{each_ms / alone_ms:.1f}", *quality])
    return found


def main() -> None:
    """Prints the table of the newest version of each model that has a refiner and a config."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=100)
    arguments = parser.parse_args()
    recordings = recordings_folder()
    if recordings is None:
        parser.error("needs recordings: set TONESPACE_RECORDINGS to a folder of them")
    print("| model | steps | ms | ratio to 0 steps | STOI | PESQ | mel-cepstral distortion, dB |")
    print("|---|---|---|---|---|---|---|")
    for folder in sorted(MODELS.iterdir()):
        newest = newest_version(folder)
        config = CONFIGS / f"{folder.name}.toml"
        if load_manifest(newest).refiner and config.exists() and load_config(config).data.labels:
            for cells in rows(newest, recordings, arguments.clips):
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
