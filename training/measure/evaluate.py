"""How good an exported model is, read from the sounds it makes.

Every figure comes from the ONNX graphs and the draws that the service uses, heard through the same
inverse. A column of the table is a set of sounds: `real`, `learned` and `inverted` are the ceiling,
`noise` and `literal` the floor, the others the model's own.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio.files import AudioLimits, read_audio
from audio.latents import LatentMixture
from audio.manifest import CARD_FILE, Manifest, load_latents, load_manifest, save_manifest
from audio.projection import project
from audio.silence import trim_silence
from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.data.dataset import Dataset, load_splits
from training.errors import RunError
from training.export import OnnxNetwork, refine
from training.measure import figures, measures
from training.measure.card import card_of
from training.measure.evaluators import VoiceJudge, WordJudge, is_here
from training.measure.recogniser import Recogniser, hearing, train_recogniser

log = logging.getLogger(__name__)

N_ROUNDS = 4  # of draws and spots of the map, as many in each as there are clips
SAMPLE_SEED = 0
N_SHOWN = 6  # replicas
N_ENROLLED = 40  # real training clips that the judge of voices learns each voice from

Float32 = NDArray[np.float32]
Indices = NDArray[Any]  # (n_sounds,), integers


class ExportedModel:
    """A model directory, opened for evaluation."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.manifest = directory, load_manifest(directory)
        self.transform = SpectrogramTransform(self.manifest.spectrogram)
        self.encoder = OnnxNetwork(directory / self.manifest.encoder.file)
        self.decoder = OnnxNetwork(directory / self.manifest.decoder.file)
        self.latents = load_latents(directory, self.manifest)
        self.mixture = LatentMixture.fit(self.latents, self.manifest.latent_distribution)

    def encode(self, images: Float32) -> dict[str, Float32]:
        """The posterior of each picture (n, H, W, 1), its mean refined where the model has a refiner."""
        posterior = self.encoder({"log_magnitude": images})
        if self.manifest.refiner:
            heard = {name: posterior[name] for name in self.manifest.labels}
            inputs = heard | {"log_magnitude": images, "z": posterior["z_mean"]}
            posterior["z_mean"] = refine(self.directory, self.manifest.refiner, inputs)
        return posterior

    def reconstruct(self, images: Float32) -> Float32:
        """The pictures (n, H, W, 1) encoded and decoded, with the labels that the encoder hears."""
        posterior = self.encode(images)
        labels = {name: posterior[name] for name in self.manifest.labels}
        return self.decoder({"z": posterior["z_mean"]} | labels)["log_magnitude"]

    def changed(self, images: Float32, name: str, wanted: Indices) -> Float32:
        """The pictures said otherwise: each with the value of a label that is wanted, (n,), for its own."""
        posterior = self.encode(images)
        heard = {label: posterior[label] for label in self.manifest.labels}
        asked = heard | {name: np.eye(heard[name].shape[1], dtype=np.float32)[wanted]}
        z = [
            self.mixture.carried(z_mean, _row(heard, i), _row(asked, i))
            for i, z_mean in enumerate(posterior["z_mean"])
        ]
        return self.decoder({"z": np.stack(z)} | asked)["log_magnitude"]

    def literal(self, image: Float32) -> Float32:
        """The picture taken for a magnitude as it is, without a phase: what the thesis inverted."""
        c = self.transform.config
        enlarged = keras.ops.convert_to_numpy(
            keras.ops.image.resize(image[..., None], (c.n_bins, c.n_frames))
        )
        return self.transform.istft(enlarged[..., 0].astype(np.complex64))

    def sample(
        self, n_samples: int, rng: np.random.Generator, asked: Mapping[str, Float32] | None = None
    ) -> tuple[Float32, dict[str, NDArray[np.int64]]]:
        """Pictures of draws of the asked labels at the default temperature, and what was drawn."""
        temperature = self.manifest.latent_distribution.temperature
        among = self.mixture.matching(asked or {})
        draws = [self.mixture.sample(rng, temperature, among) for _ in range(n_samples)]
        component = np.array([draw.component for draw in draws])
        drawn = {name: values[component] for name, values in self.mixture.labels.items()}
        return self.decode(np.stack([draw.z for draw in draws]), drawn), drawn

    def map_spots(self, n_spots: int, rng: np.random.Generator) -> tuple[Float32, dict[str, Indices]]:
        """Pictures of spots anywhere on the map, with the labels of the nearest clip, like the page's."""
        z, labels = self.latents.z_mean.astype(np.float64), self.latents.labels
        plane = project(z, [labels[name] for name in self.manifest.labels])
        spots = rng.uniform(plane.xy.min(axis=0), plane.xy.max(axis=0), (n_spots, 2))
        nearest = np.array([plane.nearest(spot)[0] for spot in spots])
        there = {name: values[nearest] for name, values in labels.items()}
        points = np.stack([plane.z_under(spot, z) for spot in spots]).astype(np.float32)
        return self.decode(points, there), there

    def decode(self, z: Float32, labels: Mapping[str, Indices]) -> Float32:
        """The pictures (n, H, W, 1) of points (n, latent_dim), with the values of labels, (n,) each."""
        one_hot = {n: np.eye(len(v), dtype=np.float32)[labels[n]] for n, v in self.manifest.labels.items()}
        return self.decoder({"z": z} | one_hot)["log_magnitude"]

    def waveforms(self, images: Float32, levels: Float32, told: str) -> list[Float32]:
        """What the pictures sound like."""
        pairs = list(zip(images, levels, strict=True))
        return [
            self.transform.inverse(image[..., 0], float(level))
            for image, level in track(pairs, description=told)
        ]


def _row(labels: Mapping[str, Float32], row: int) -> dict[str, Float32]:
    return {name: vectors[row] for name, vectors in labels.items()}


class Sounds(NamedTuple):
    """A column of the table: sounds, and what they were meant to be."""

    waveforms: list[Float32]
    labels: dict[str, Indices]
    originals: list[Float32] | None = None  # of replicas, in the same order
    n_rounds: int = 1  # of as many sounds each; sets are compared round by round


def evaluate(directory: Path, config: Config, split: str, cache: Path) -> Manifest:
    """The manifest with fresh metrics; it and the card are written to the directory.

    Args:
        directory: models/<name>/<version>.
        config: where the recordings are.
        split: the clips to read on, `validation` or `test`.
        cache: where the trained recogniser is kept.

    Raises:
        RunError: the config is of another model, the split is empty, or the recordings hold other values
            of a label than the model knows.
    """
    model = ExportedModel(directory)
    if config.spectrogram != model.manifest.spectrogram:
        raise RunError(f"{directory} was trained with another spectrogram than the config's")
    splits = load_splits(config)
    if not len(splits[split]):
        raise RunError(f"the {split} split holds no clips in {config.data.recordings}")
    splits = {name: in_order_of(model.manifest, clips) for name, clips in splits.items()}
    train = recorded(config, splits["train"])
    rows = _rows(model, config, splits[split], splits["train"])
    metrics = {
        "n_clips": float(len(splits[split])),
        "active_dimensions": float(measures.active_dimensions(model.latents.z_mean)),
    }
    for what, sounds in rows.items():
        if sounds.originals is not None:
            found = measures.likeness(sounds.originals, sounds.waveforms, model.transform)
            metrics |= {f"{what}_{name}": value for name, value in found.items()}
    metrics |= _heard_without_training(rows, model, train, splits["train"].log_magnitude)
    if splits[split].labels:
        metrics |= recognised(rows, config, splits["train"], cache)
        rows |= _learned(config, splits["train"], N_ROUNDS * len(splits[split]))
        metrics |= judged(rows, config, splits["train"])
    save_pictures(directory, model, splits[split])
    rounded = {name: round(value, 4) for name, value in metrics.items()}
    manifest = model.manifest.model_copy(update={"metrics": rounded, "measured_on": split})
    (directory / CARD_FILE).write_text(card_of(manifest), encoding="utf-8")
    save_manifest(directory, manifest)
    return manifest


def in_order_of(manifest: Manifest, clips: Dataset) -> Dataset:
    """The clips with the values of every label in the model's order: those that it was taught come last.

    Raises:
        RunError: the recordings hold other values than the model knows: what they lack could not be judged.
    """
    for name, known in manifest.labels.items():
        here = clips.values.get(name, ())
        if sorted(here) != sorted(known):
            held = ", ".join(here) or "none"
            raise RunError(f"{manifest.name} knows {name} {', '.join(known)}; the recordings hold {held}")
    return clips.in_order(clips.values | manifest.labels)


def save_pictures(directory: Path, model: ExportedModel, clips: Dataset) -> None:
    """Writes what the model makes as pictures into its directory; the card shows them."""
    some = clips.take(_varied(clips))
    images = some.log_magnitude.astype(np.float32)
    titles = [
        " ".join(clips.values[name][column[i]] for name, column in some.labels.items())
        for i in range(len(some))
    ]
    spectrogram = model.manifest.spectrogram
    figures.save_replicas(
        directory / figures.REPLICAS_FILE, images, model.reconstruct(images), titles, spectrogram
    )
    drawn, labels = _draws(model, clips, np.random.default_rng(SAMPLE_SEED), n_rounds=1)
    figures.save_samples(directory / figures.SAMPLES_FILE, drawn, labels, model.manifest)
    figures.save_map(directory / figures.MAP_FILE, model.latents, model.manifest)


def _varied(clips: Dataset) -> Indices:
    """A few clips, each of another value of the last label, spread over the others."""
    spread = np.linspace(0, len(clips) - 1, N_SHOWN).round().astype(int)
    if clips.labels:
        last = list(clips.labels.values())[-1]
        owns = [np.flatnonzero(last == value) for value in np.unique(last)]
        spread = np.array([own[i * len(own) // len(owns)] for i, own in enumerate(owns)][:N_SHOWN])
    return np.unique(spread)


def _rows(model: ExportedModel, config: Config, clips: Dataset, train: Dataset) -> dict[str, Sounds]:
    """Every set of sounds by its name."""
    rng = np.random.default_rng(SAMPLE_SEED)
    real = recorded(config, clips)
    images = clips.log_magnitude.astype(np.float32)
    labels: dict[str, Indices] = dict(clips.labels)
    n_made = N_ROUNDS * len(clips)
    levels = np.full(n_made, model.manifest.level_db, np.float32)
    drawn, asked = _draws(model, clips, rng, N_ROUNDS)
    shown, there = model.map_spots(n_made, rng)
    return {
        "real": Sounds(real, labels),
        "inverted": Sounds(model.waveforms(images, clips.level_db, "Inverting"), labels, real),
        "reconstruction": replicas(model, clips, real, "Replicas"),
        "remembered": _remembered(model, config, train, len(clips)),
        "literal": Sounds([model.literal(image) for image in images[..., 0]], labels, real),
        "noise": Sounds(noise(real, rng), labels, real),
        "sample": Sounds(model.waveforms(drawn, levels, "Draws"), asked, n_rounds=N_ROUNDS),
        "map": Sounds(model.waveforms(shown, levels, "Map"), there, n_rounds=N_ROUNDS),
    } | {
        f"other {name.replace('_', ' ')}": _otherwise(model, clips, name, rng)
        for name in model.manifest.labels
    }


def noise(waveforms: list[Float32], rng: np.random.Generator) -> list[Float32]:
    """White noise, as long and as loud as each."""
    return [rng.normal(0, max(float(w.std()), 1e-4), w.shape).astype(np.float32) for w in waveforms]


def replicas(model: ExportedModel, clips: Dataset, originals: list[Float32], told: str) -> Sounds:
    """The clips as the model says them, with the labels that it hears itself."""
    images = model.reconstruct(clips.log_magnitude.astype(np.float32))
    return Sounds(model.waveforms(images, clips.level_db, told), dict(clips.labels), originals)


def _remembered(model: ExportedModel, config: Config, train: Dataset, n_clips: int) -> Sounds:
    """Replicas of clips that the model was trained on, evenly spread: as near as a copy comes."""
    some = train.take(_spread(np.arange(len(train)), n_clips))
    return replicas(model, some, recorded(config, some), "Remembered")


def _learned(config: Config, train: Dataset, n_clips: int) -> dict[str, Sounds]:
    """Recordings that the model was trained on, evenly spread, but for those that a judge has met."""
    met = [clip for clips in _enrolled(config, train).values() for clip in clips]
    unmet = np.setdiff1d(np.arange(len(train)), met)
    if not len(unmet):
        return {}
    some = train.take(_spread(unmet, n_clips))
    return {"learned": Sounds(recorded(config, some), dict(some.labels))}


def _enrolled(config: Config, train: Dataset) -> dict[int, Indices]:
    """The training clips of each voice that the judge of voices learns it from, where it is asked."""
    name = config.judges.voice_label
    voices = range(len(train.values[name]) if name else 0)
    clips = [np.flatnonzero(train.labels[name] == voice) for voice in voices]
    return {voice: clips[voice][:: max(1, len(clips[voice]) // N_ENROLLED)] for voice in voices}


def _spread(clips: Indices, n_clips: int) -> Indices:
    """So many of the clips, or all there are, evenly spread."""
    chosen: Indices = clips[np.unique(np.linspace(0, len(clips) - 1, n_clips).round().astype(int))]
    return chosen


def _draws(
    model: ExportedModel, clips: Dataset, rng: np.random.Generator, n_rounds: int
) -> tuple[Float32, dict[str, Indices]]:
    """Rounds of draws, in each as many of the same labels as there are clips; without labels, of all."""
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
    return np.concatenate(images), {n: np.concatenate([drawn[n] for drawn in labels]) for n in clips.labels}


def _otherwise(model: ExportedModel, clips: Dataset, name: str, rng: np.random.Generator) -> Sounds:
    """The clips with another value of a label than their own, in every other way as they are."""
    n_values = len(model.manifest.labels[name])
    wanted = (clips.labels[name] + rng.integers(1, max(n_values, 2), len(clips))) % n_values
    images = model.changed(clips.log_magnitude.astype(np.float32), name, wanted)
    waveforms = model.waveforms(images, clips.level_db, f"Other {name}")
    return Sounds(waveforms, dict(clips.labels) | {name: wanted})


def recorded(config: Config, clips: Dataset) -> list[Float32]:
    """The recordings of the clips, cut or padded to the model's window."""
    transform, rate = SpectrogramTransform(config.spectrogram), config.spectrogram.sample_rate
    paths = [config.data.recordings / file for file in clips.files]
    return [
        transform.fit_length(read_audio(path.read_bytes(), rate, AudioLimits()).waveform)[0] for path in paths
    ]


def _heard_without_training(
    rows: dict[str, Sounds], model: ExportedModel, train: list[Float32], pictures_of: NDArray[np.floating]
) -> dict[str, float]:
    """How far every row is from the training clips, labels or not: as a set, and each from the nearest clip.

    Args:
        rows: the sounds.
        model: whose transform they are seen by.
        train: the training clips.
        pictures_of: the training clips, (n_clips, height, width, 1).
    """
    known = np.stack([measures.timbre(waveform, model.transform) for waveform in train])
    metrics: dict[str, float] = {}
    distortions: dict[str, NDArray[np.float64]] = {}
    for what, sounds in rows.items():
        found = np.stack([measures.timbre(waveform, model.transform) for waveform in sounds.waveforms])
        rounds = np.split(found, sounds.n_rounds)
        metrics[f"{what}_timbre_frechet_distance"] = float(
            np.mean([measures.frechet_distance(one, known) for one in rounds])
        )
        alone = np.zeros(len(rounds[0]), int)  # all of a round are one group
        metrics[f"{what}_timbre_spread_db"] = float(np.mean([measures.spread(one, alone) for one in rounds]))
        seen = np.stack([model.transform.forward(w).log_magnitude for w in sounds.waveforms])
        nearest = measures.nearest(seen, pictures_of)
        distortions[what] = np.array(
            [
                measures.mel_cepstral_distortion_db(train[n], waveform, model.transform)
                for n, waveform in zip(nearest, sounds.waveforms, strict=True)
            ]
        )
        metrics[f"{what}_nearest_clip_distortion_db"] = float(distortions[what].mean())
    copied = np.median(distortions["remembered"])
    for what, found_db in distortions.items():
        metrics[f"{what}_share_of_copies"] = float((found_db < copied).mean())
    return metrics


def recognised(rows: dict[str, Sounds], config: Config, train: Dataset, cache: Path) -> dict[str, float]:
    """What the recogniser makes of every row; sets are compared with the real training clips."""
    spectrogram = hearing(config.spectrogram)
    splits = load_splits(config.model_copy(update={"spectrogram": spectrogram}))
    lesson = splits["train"].in_order(train.values)
    recogniser = train_recogniser(lesson, spectrogram, cache)
    known = recogniser.look(lesson.log_magnitude).features
    metrics: dict[str, float] = {}
    for what, sounds in rows.items():
        found = _heard(recogniser, sounds, known)
        metrics |= {f"{what}_{name}": value for name, value in found.items()}
    return metrics


def _heard(recogniser: Recogniser, sounds: Sounds, known: Float32) -> dict[str, float]:
    """Accuracy: how often the likeliest value is the true one. Confidence: of the likeliest."""
    heard = recogniser.hear(sounds.waveforms)
    found: dict[str, float] = {}
    for name, probabilities in heard.probabilities.items():
        right = probabilities.argmax(axis=1) == sounds.labels[name]
        found[f"{name}_accuracy"] = float(right.mean())
        found[f"{name}_confidence"] = float(probabilities.max(axis=1).mean())
        rounds = np.split(probabilities, sounds.n_rounds)
        found[f"{name}_inception_score"] = float(np.mean([measures.inception_score(p) for p in rounds]))
    together = np.unique(np.stack(list(sounds.labels.values())), axis=1, return_inverse=True)[1]
    sets = np.split(heard.features, sounds.n_rounds)
    groups = np.split(together.reshape(-1), sounds.n_rounds)
    return found | {
        "frechet_distance": float(np.mean([measures.frechet_distance(f, known) for f in sets])),
        "kernel_distance": float(np.mean([measures.kernel_distance(f, known) for f in sets])),
        "nearest_training_distance": measures.nearest_distance(heard.features, known),
        "spread": float(np.mean([*map(measures.spread, sets, groups)])),
    }


def judged(rows: dict[str, Sounds], config: Config, train: Dataset) -> dict[str, float]:
    """How often the judges from outside hear the word and the voice that were meant.

    They hear every row in the model's window, as far as it is not silent: silent ends they read badly.
    """
    rate, judges = config.spectrogram.sample_rate, config.judges
    metrics: dict[str, float] = {}
    heard = {what: [trim_silence(w, rate) for w in sounds.waveforms] for what, sounds in rows.items()}
    if judges.words and is_here("pocketsphinx"):
        ear = WordJudge([judges.words[value] for value in train.values[judges.word_label]])
        for what, sounds in rows.items():
            right = ear.hear(heard[what], rate) == sounds.labels[judges.word_label]
            metrics[f"{what}_pocketsphinx_accuracy"] = float(right.mean())
    if judges.voice_label and is_here("resemblyzer"):
        enrolled = _enrolled(config, train)
        voices = {voice: recorded(config, train.take(clips)) for voice, clips in enrolled.items()}
        listener = VoiceJudge(voices, rate)
        for what, sounds in rows.items():
            right = listener.hear(heard[what], rate) == sounds.labels[judges.voice_label]
            metrics[f"{what}_resemblyzer_accuracy"] = float(right.mean())
    return metrics
