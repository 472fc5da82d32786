"""What a model of notes is worth: pitch by an external evaluator, attack, decay, labels by our recogniser.

Every reading of a sound that a model makes stands beside the same reading of real notes: an evaluator that
errs on a recorded note errs on a replica of it as well.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.distances import log_spectral_distance_db
from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.data.dataset import Dataset
from training.exported import ExportedModel, Float32
from training.measure.basic_pitch import BasicPitchEvaluator
from training.measure.envelope import attack_s, decay_s
from training.measure.evaluators import PitchEvaluator, QualityEvaluator, is_installed
from training.measure.measures import different_bins, frechet_distance, inception_score, kernel_distance
from training.measure.nearest_clip import NearestClip
from training.measure.note_sets import (
    a_quarter_tone_off,
    converted,
    inverted,
    nearest_clips,
    noise,
    replicas,
    sampled,
)
from training.measure.published_distances import (
    multi_resolution_stft_distance,
    unfloored_log_spectral_distance_db,
)
from training.measure.recogniser import Recognised
from training.measure.recorded_notes import Notes, Values, notes_of, spread, unseen_notes
from training.measure.results import MODEL, Figures, Results

SEED = 0
NEAR, NEARER = 0.5, 0.2  # semitones
N_COMPARED = 240  # sounds of a set at most that ViSQOL gets, which takes a quarter of a second for each
NO_DECAY_S = 0.01  # so that the ratio of two decays stays finite
PITCH_EVALUATORS: Mapping[str, tuple[str, type[PitchEvaluator | BasicPitchEvaluator]]] = {
    "pitch": ("swift_f0", PitchEvaluator),
    "basic_pitch": ("basic_pitch", BasicPitchEvaluator),
}  # first word of its figures -> its package, and it
FIRST_PITCH = next(iter(PITCH_EVALUATORS))


class Evaluators(NamedTuple):
    """What reads notes; those that are not installed are missing."""

    recogniser: NearestClip
    known: Float32  # (n_clips, n_features), its features of the training clips
    values: Values  # of the labels that it knows
    pitch: Mapping[str, PitchEvaluator | BasicPitchEvaluator]  # by the first word of their figures
    quality: QualityEvaluator | None


def evaluators(train: Dataset, model: ExportedModel, config: Config) -> Evaluators:
    """The recogniser of the names of training clips, and the external evaluators that are installed."""
    names = [name for name in train.values if name not in config.data.numbers]
    recogniser = NearestClip(train, model.transform, names)
    wanted = PITCH_EVALUATORS if config.pitch_label else {}
    pitch = {name: build() for name, (package, build) in wanted.items() if is_installed(package)}
    quality = QualityEvaluator() if is_installed("visqol") else None
    return Evaluators(recogniser, recogniser.known, train.values, pitch, quality)


def note_figures(
    model: ExportedModel, config: Config, clips: Dataset, train: Dataset, read: Evaluators
) -> Results:
    """All figures of a model of notes or of hits on some clips; a row is a set of sounds.

    Args:
        model: the model.
        config: where the recordings are.
        clips: to evaluate on, of which config.evaluators.n_clips are.
        train: the training clips.
        read: what reads the sounds.

    Raises:
        RecordingsError: an unseen set is missing or empty.
    """
    rng, manifest = np.random.default_rng(SEED), model.manifest
    real = notes_of(clips, config)
    sets = {"real": real, "inverted": inverted(model, real), "reconstruction": replicas(model, real)}
    sets |= {"nearest clip": nearest_clips(real, train, model, config), "noise": noise(real, rng)}
    for name, unseen in config.evaluators.unseen.items():
        recorded = unseen_notes(name, config, manifest.labels | manifest.clip_labels)
        sets |= {f"real {name}": recorded, name: replicas(model, recorded)}
        if unseen.rule and unseen.rule.field in manifest.numbers:
            sets[f"sample {name}"] = sampled(model, recorded.fields, rng)
    sets["sample"] = sampled(model, real.fields, rng)
    if config.pitch_label:
        between = a_quarter_tone_off(real.fields, config.pitch_label, manifest.labels[config.pitch_label])
        sets["quarter tones"] = sampled(model, between, rng)
    sets |= {f"other {name}": converted(model, real, name, rng) for name in manifest.labels}
    results = {MODEL: {"n_clips": float(len(real.waveforms))}}
    results |= {row: read_notes(notes, read, config) for row, notes in sets.items()}
    for name in manifest.numbers.keys() & manifest.labels.keys() - {config.pitch_label}:
        results["sample"][f"{name}.louder_in_order"] = _louder_in_order(model, real, name, rng)
    return results


def _louder_in_order(model: ExportedModel, notes: Notes, name: str, rng: np.random.Generator) -> float:
    """The share of samples that grow louder from each value of a number to the next."""
    values = model.manifest.labels[name]
    some = [notes.fields[i] for i in spread(len(notes.fields), N_COMPARED)]
    asked = [field | {name: value} for field in some for value in values]
    power = [float(np.square(waveform).mean()) for waveform in sampled(model, asked, rng).waveforms]
    return float((np.diff(np.reshape(power, (len(some), len(values))), axis=1) > 0).all(axis=1).mean())


def read_notes(notes: Notes, read: Evaluators, config: Config) -> Figures:
    """What the evaluators read in some notes, and how near replicas are to their originals."""
    rate, figures = config.spectrogram.sample_rate, Figures()
    off = {  # semitones, (n_notes,)
        name: np.abs(evaluator.recognise(notes.waveforms, rate) - _asked(notes, config.pitch_label))
        for name, evaluator in read.pitch.items()
    }
    for name, error in off.items():
        figures[f"{name}_within_50_cents"] = float((error < NEAR).mean())
        figures[f"{name}_within_20_cents"] = float((error < NEARER).mean())
        figures[f"{name}_error_cents"] = float(100 * np.median(error))
    recognised = read.recogniser.recognise(notes.waveforms)
    right = _right(recognised, notes, read)
    if FIRST_PITCH in off and (first := next(iter(recognised.probabilities), None)) in right:
        figures["both_right"] = float((right[first] & (off[FIRST_PITCH] < NEAR)).mean())
    figures |= _set_distances(recognised.features, read.known)
    for name, is_right in right.items():
        figures[f"{name}.accuracy"] = float(is_right.mean())
        figures[f"{name}.inception_score"] = inception_score(recognised.probabilities[name])
    figures["attack_ms"] = float(1000 * np.median([attack_s(w, rate) for w in notes.waveforms]))
    figures["decay_s"] = float(np.median([decay_s(w, rate) for w in notes.waveforms]))
    return figures | (_likeness(notes.originals, notes.waveforms, read, config) if notes.originals else {})


def _asked(notes: Notes, pitch: str) -> NDArray[np.float64]:
    """The MIDI notes that some notes have or were asked for, (n_notes,)."""
    return np.array([float(field[pitch]) for field in notes.fields])


def _right(recognised: Recognised, notes: Notes, read: Evaluators) -> dict[str, NDArray[np.bool_]]:
    """Name of a label -> whether its recognised value is that of each note, (n_notes,).

    A label is left out where a note has a value that the recogniser does not know.
    """
    truth = {name: [field[name] for field in notes.fields] for name in recognised.probabilities}
    return {
        name: np.array(read.values[name])[recognised.probabilities[name].argmax(axis=1)] == np.array(values)
        for name, values in truth.items()
        if set(values) <= set(read.values[name])
    }


def _set_distances(features: Float32, known: Float32) -> Figures:
    """How far a set is from the training clips, in features of shapes (n, n_features) and (m, n_features)."""
    if min(len(features), len(known)) < 2:  # one sound has no spread
        return {}
    return {
        "frechet_distance": frechet_distance(features, known),
        "kernel_distance": kernel_distance(features, known),
        "different_bins": different_bins(features, known),
    }


def _likeness(originals: list[Float32], made: list[Float32], read: Evaluators, config: Config) -> Figures:
    """How near replicas are to their originals: spectra, onset, decay, and what ViSQOL predicts."""
    transform, rate = SpectrogramTransform(config.spectrogram), config.spectrogram.sample_rate
    pairs = list(zip(originals, made, strict=True))
    attacks = [1000 * abs(attack_s(a, rate) - attack_s(b, rate)) for a, b in pairs]
    decays = [np.log2((decay_s(b, rate) + NO_DECAY_S) / (decay_s(a, rate) + NO_DECAY_S)) for a, b in pairs]
    figures = {
        "log_spectral_distance_db": float(np.mean([log_spectral_distance_db(*p, transform) for p in pairs])),
        "unfloored_log_spectral_distance_db": float(
            np.mean([unfloored_log_spectral_distance_db(*p) for p in pairs])
        ),
        "multi_resolution_stft_distance": float(np.mean([multi_resolution_stft_distance(*p) for p in pairs])),
        "attack_error_ms": float(np.median(attacks)),
        "decay_error_octaves": float(np.median(np.abs(decays))),
    }
    if read.quality:
        some = [pairs[i] for i in spread(len(pairs), N_COMPARED)]
        figures["visqol"] = float(np.mean([read.quality.quality(a, b, rate) for a, b in some]))
    return {name: value for name, value in figures.items() if np.isfinite(value)}
