"""The sets of sounds that an evaluation compares: recordings, and what a model makes of them."""

from typing import NamedTuple

import keras
import numpy as np

from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.data.dataset import Dataset, read_windows
from training.exported import ExportedModel, Float32, Indices

N_ROUNDS = 4  # of samples and spots of the map, as many in each as there are clips
SEED = 0
N_ENROLLED = 40  # real training clips that the evaluator of speakers learns each speaker from


class Sounds(NamedTuple):
    """A set of sounds, and what they were meant to be."""

    waveforms: list[Float32]
    labels: dict[str, Indices]
    originals: list[Float32] | None = None  # of replicas, in the same order
    n_rounds: int = 1  # of as many sounds each; sets are compared round by round


def sound_sets(model: ExportedModel, config: Config, clips: Dataset, train: Dataset) -> dict[str, Sounds]:
    """Every set of sounds by its name; `clips` are those to evaluate on."""
    rng = np.random.default_rng(SEED)
    real = recorded(config, clips)
    images = clips.log_magnitude.astype(np.float32)
    labels: dict[str, Indices] = dict(clips.labels)
    n_made = N_ROUNDS * len(clips)
    levels = np.full(n_made, model.manifest.level_db, np.float32)
    sampled, asked = samples(model, clips, rng, N_ROUNDS)
    shown, there = model.map_spots(n_made, rng)
    return {
        "real": Sounds(real, labels),
        "inverted": Sounds(model.waveforms(images, clips.level_db, "Inverting"), labels, real),
        "reconstruction": replicas(model, clips, real, "Replicas"),
        "remembered": _remembered(model, config, train, len(clips)),
        "literal": Sounds([_literal(model.transform, image) for image in images[..., 0]], labels, real),
        "noise": Sounds(noise(real, rng), labels, real),
        "sample": Sounds(model.waveforms(sampled, levels, "Samples"), asked, n_rounds=N_ROUNDS),
        "map": Sounds(model.waveforms(shown, levels, "Map"), there, n_rounds=N_ROUNDS),
    } | {f"other {name}": _converted(model, clips, name, rng) for name in model.manifest.labels}


def recorded(config: Config, clips: Dataset) -> list[Float32]:
    """The recordings of the clips in the model's window."""
    return read_windows(config.data.recordings, clips, config.spectrogram)


def replicas(model: ExportedModel, clips: Dataset, originals: list[Float32], description: str) -> Sounds:
    """The replicas of the clips, with the labels that the model recognises itself."""
    images = model.reconstruct(clips.log_magnitude.astype(np.float32))
    return Sounds(model.waveforms(images, clips.level_db, description), dict(clips.labels), originals)


def noise(waveforms: list[Float32], rng: np.random.Generator) -> list[Float32]:
    """White noise, as long and as loud as each."""
    return [rng.normal(0, max(float(w.std()), 1e-4), w.shape).astype(np.float32) for w in waveforms]


def samples(
    model: ExportedModel, clips: Dataset, rng: np.random.Generator, n_rounds: int
) -> tuple[Float32, dict[str, Indices]]:
    """Rounds of samples, each with the labels of the clips; without labels, as many of all."""
    rounds = []
    for _ in range(n_rounds):
        if not clips.labels:
            rounds.append(model.sample(len(clips), rng))
            continue
        for together in np.unique(np.stack(list(clips.labels.values())), axis=1).T:
            meant = dict(zip(clips.labels, together, strict=True))
            n_clips = sum(np.all([clips.labels[n] == v for n, v in meant.items()], axis=0))
            asked = {n: np.eye(len(clips.values[n]), dtype=np.float32)[v] for n, v in meant.items()}
            rounds.append(model.sample(int(n_clips), rng, asked))
    images, labels = zip(*rounds, strict=True)
    return np.concatenate(images), {n: np.concatenate([own[n] for own in labels]) for n in clips.labels}


def learned(config: Config, train: Dataset, n_clips: int) -> dict[str, Sounds]:
    """Training recordings, evenly spread, but for those that the evaluator of speakers learned from."""
    met = [clip for clips in enrolled(config, train).values() for clip in clips]
    unmet = np.setdiff1d(np.arange(len(train)), met)
    if not len(unmet):
        return {}
    some = train.take(_spread(unmet, n_clips))
    return {"learned": Sounds(recorded(config, some), dict(some.labels))}


def enrolled(config: Config, train: Dataset) -> dict[int, Indices]:
    """The training clips that the evaluator of speakers learns each speaker from, where it is asked."""
    name = config.evaluators.speaker_label
    speakers = range(len(train.values[name]) if name else 0)
    clips = [np.flatnonzero(train.labels[name] == speaker) for speaker in speakers]
    return {speaker: clips[speaker][:: max(1, len(clips[speaker]) // N_ENROLLED)] for speaker in speakers}


def _remembered(model: ExportedModel, config: Config, train: Dataset, n_clips: int) -> Sounds:
    """Replicas of training clips, evenly spread: as near as a copy comes."""
    some = train.take(_spread(np.arange(len(train)), n_clips))
    return replicas(model, some, recorded(config, some), "Remembered")


def _converted(model: ExportedModel, clips: Dataset, name: str, rng: np.random.Generator) -> Sounds:
    """The clips converted to another value of a label."""
    n_values = len(model.manifest.labels[name])
    wanted = (clips.labels[name] + rng.integers(1, max(n_values, 2), len(clips))) % n_values
    images = model.converted(clips.log_magnitude.astype(np.float32), name, wanted)
    waveforms = model.waveforms(images, clips.level_db, f"Other {name}")
    return Sounds(waveforms, dict(clips.labels) | {name: wanted})


def _literal(transform: SpectrogramTransform, image: Float32) -> Float32:
    """The waveform of a spectrogram, (H, W), as a magnitude without a phase: what the thesis inverted."""
    c = transform.config
    enlarged = keras.ops.convert_to_numpy(keras.ops.image.resize(image[..., None], (c.n_bins, c.n_frames)))
    return transform.istft(enlarged[..., 0].astype(np.complex64))


def _spread(clips: Indices, n_clips: int) -> Indices:
    """So many of the clips, or all there are, evenly spread."""
    chosen: Indices = clips[np.unique(np.linspace(0, len(clips) - 1, n_clips).round().astype(int))]
    return chosen
