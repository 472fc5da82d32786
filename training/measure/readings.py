"""The figures of sets of sounds: by timbre, by our recogniser, and by external evaluators."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.silence import trim_silence
from training.config import Config
from training.data.dataset import Dataset, load_splits
from training.exported import ExportedModel, Float32
from training.measure import measures
from training.measure.evaluators import SpeakerEvaluator, WordEvaluator, is_installed
from training.measure.recogniser import Recogniser, recogniser_spectrogram, train_recogniser
from training.measure.results import Figures, Results
from training.measure.sounds import Sounds, enrolled, recorded

SoundSets = Mapping[str, Sounds]


def replica_figures(sets: SoundSets, model: ExportedModel) -> Results:
    """How near every replica is to its original."""
    return {
        row: measures.likeness(sounds.originals, sounds.waveforms, model.transform)
        for row, sounds in sets.items()
        if sounds.originals is not None
    }


def timbre_figures(
    sets: SoundSets, model: ExportedModel, train: list[Float32], images: NDArray[np.floating]
) -> Results:
    """How far every set is from the training clips, without a trained network or labels.

    Args:
        sets: the sounds, `remembered` among them.
        model: whose transform is used.
        train: the training clips.
        images: their spectrograms, (n_clips, height, width, 1).
    """
    known = np.stack([measures.timbre(waveform, model.transform) for waveform in train])
    results: Results = {}
    distortions: dict[str, NDArray[np.float64]] = {}
    for row, sounds in sets.items():
        found = np.stack([measures.timbre(waveform, model.transform) for waveform in sounds.waveforms])
        rounds = np.split(found, sounds.n_rounds)
        alone = np.zeros(len(rounds[0]), int)  # all of a round are one group
        seen = np.stack([model.transform.forward(w).log_magnitude for w in sounds.waveforms])
        distortions[row] = np.array(
            [
                measures.mel_cepstral_distortion_db(train[n], waveform, model.transform)
                for n, waveform in zip(measures.nearest(seen, images), sounds.waveforms, strict=True)
            ]
        )
        results[row] = {
            "timbre_frechet_distance": float(np.mean([measures.frechet_distance(r, known) for r in rounds])),
            "timbre_spread_db": float(np.mean([measures.spread(one, alone) for one in rounds])),
            "nearest_clip_distortion_db": float(distortions[row].mean()),
        }
    copied = np.median(distortions["remembered"])
    for row, found_db in distortions.items():
        results[row]["share_of_copies"] = float((found_db < copied).mean())
    return results


def trained_recogniser(
    config: Config, values: Mapping[str, tuple[str, ...]], cache: Path
) -> tuple[Recogniser, Float32]:
    """The recogniser of the training clips, and its features of them, (n_clips, n_features).

    Numbers are not its business.

    Args:
        config: where the recordings are.
        values: label name -> its values in the order that the recogniser returns.
        cache: where its weights are kept.
    """
    spectrogram = recogniser_spectrogram(config.spectrogram)
    splits = load_splits(config.model_copy(update={"spectrogram": spectrogram}))
    clips = splits["train"].in_order(values).without_labels(config.data.numbers)
    recogniser = train_recogniser(clips, spectrogram, cache)
    return recogniser, recogniser.recognise_images(clips.log_magnitude).features


def recognised_figures(sets: SoundSets, recogniser: Recogniser, known: Float32) -> Results:
    """What the recogniser finds in every set; sets are compared with the training clips' features."""
    return {row: _recognised(recogniser, sounds, known) for row, sounds in sets.items()}


def _recognised(recogniser: Recogniser, sounds: Sounds, known: Float32) -> Figures:
    """Accuracy: how often the likeliest value is the true one. Confidence: of the likeliest."""
    found = recogniser.recognise(sounds.waveforms)
    figures: Figures = {}
    for name, probabilities in found.probabilities.items():
        right = probabilities.argmax(axis=1) == sounds.labels[name]
        rounds = np.split(probabilities, sounds.n_rounds)
        figures[f"{name}.accuracy"] = float(right.mean())
        figures[f"{name}.confidence"] = float(probabilities.max(axis=1).mean())
        figures[f"{name}.inception_score"] = float(np.mean([measures.inception_score(p) for p in rounds]))
    together = np.unique(np.stack(list(sounds.labels.values())), axis=1, return_inverse=True)[1]
    sets = np.split(found.features, sounds.n_rounds)
    groups = np.split(together.reshape(-1), sounds.n_rounds)
    return figures | {
        "frechet_distance": float(np.mean([measures.frechet_distance(f, known) for f in sets])),
        "kernel_distance": float(np.mean([measures.kernel_distance(f, known) for f in sets])),
        "nearest_training_distance": measures.nearest_distance(found.features, known),
        "spread": float(np.mean([*map(measures.spread, sets, groups)])),
    }


def evaluator_figures(sets: SoundSets, config: Config, train: Dataset) -> Results:
    """How often external evaluators recognise the word and the speaker that were meant.

    They get every set in the model's window without its silent end, which confuses them.
    """
    rate, asked = config.spectrogram.sample_rate, config.evaluators
    results: Results = {row: {} for row in sets}
    trimmed = {row: [trim_silence(w, rate) for w in sounds.waveforms] for row, sounds in sets.items()}
    if asked.words and is_installed("pocketsphinx"):
        words = WordEvaluator([asked.words[value] for value in train.values[asked.word_label]])
        for row, sounds in sets.items():
            right = words.recognise(trimmed[row], rate) == sounds.labels[asked.word_label]
            results[row]["pocketsphinx_accuracy"] = float(right.mean())
    if asked.speaker_label and is_installed("resemblyzer"):
        clips = {
            speaker: recorded(config, train.take(own)) for speaker, own in enrolled(config, train).items()
        }
        speakers = SpeakerEvaluator(clips, rate)
        for row, sounds in sets.items():
            right = speakers.recognise(trimmed[row], rate) == sounds.labels[asked.speaker_label]
            results[row]["resemblyzer_accuracy"] = float(right.mean())
    return results
