"""What held-out clips show of a model before it is published: how sure its labels are, what is familiar.

One half of the held-out clips sets a value, the other half measures how well it holds.
"""

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from audio.familiarity import replica_distance_db
from audio.manifest import Calibration, Familiarity
from audio.spectrogram import SpectrogramTransform
from training.config import Config
from training.data.dataset import Dataset
from training.exported import ExportedModel, Float32
from training.measure.disturbed import DISTURBANCES, disturbed_uploads

MIN_CLIPS, MAX_CLIPS = 10, 400  # of those that are held out
N_UPLOADS = len(DISTURBANCES)  # of each clip
FAMILIAR_SHARE = 0.98  # of the held-out clips; the next may lie a little further away
HIGHEST_LOG_TEMPERATURE = 2.0
N_BINS = 15
TINY = 1e-12
N_DECIMALS = 4

Indices = NDArray[np.integer]


def familiarity_of(model: ExportedModel, images: Float32) -> Familiarity:
    """The threshold that nearly all of some held-out spectrograms, (n_clips, height, width, 1), keep."""
    threshold_db = float(np.quantile(replica_distances_db(model, images), FAMILIAR_SHARE))
    return Familiarity(threshold_db=round(threshold_db, N_DECIMALS), share=FAMILIAR_SHARE)


def replica_distances_db(model: ExportedModel, images: Float32) -> Float32:
    """How far the replicas of spectrograms, (n_clips, height, width, 1), are from them, (n_clips,)."""
    replicas = model.reconstruct(images)
    return replica_distance_db(images[..., 0], replicas[..., 0], model.manifest.spectrogram.floor_db)


def held_out_halves(clips: Dataset) -> tuple[Dataset, Dataset] | None:
    """Every second clip to set a value by, and the others to measure it on; None where they are too few."""
    if len(clips) < MIN_CLIPS:
        return None
    spread = np.linspace(0, len(clips) - 1, min(len(clips), MAX_CLIPS)).round().astype(int)
    return clips.take(spread[::2]), clips.take(spread[1::2])


def calibrated_heads(
    encoder: keras.Model, config: Config, halves: tuple[Dataset, Dataset]
) -> dict[str, Calibration]:
    """The calibration of each label head, but of numbers, on clips as they are uploaded: clean and disturbed.

    The weights of the heads are divided by their temperature.

    Args:
        encoder: with a softmax layer named after each label.
        config: where the recordings are.
        halves: the clips that set the temperature, and those that its errors are measured on.
    """
    outputs = [_recognised(encoder, config, clips) for clips in halves]
    calibration = {}
    for name in (label for label in config.conditions if label not in config.data.numbers):
        setting, measuring = (clips.labels[name] for clips in halves)
        setting, measuring = np.tile(setting, N_UPLOADS), np.tile(measuring, N_UPLOADS)
        temperature = fitted_temperature(outputs[0][name], setting)
        before, after = (at_temperature(outputs[1][name], t) for t in (1.0, temperature))
        errors = [round(calibration_error(found, measuring), N_DECIMALS) for found in (before, after)]
        calibration[name] = Calibration(
            temperature=temperature, error_before=errors[0], error_after=errors[1]
        )
        head = encoder.get_layer(name)
        head.set_weights([weights / temperature for weights in head.get_weights()])
    return calibration


def _recognised(encoder: keras.Model, config: Config, clips: Dataset) -> dict[str, Float32]:
    """The label probabilities of all uploads of the clips, disturbance by disturbance."""
    transform = SpectrogramTransform(config.spectrogram)
    found = []
    for _, uploads in disturbed_uploads(config, clips):
        images = [transform.forward(transform.fit_length(waveform)[0]).log_magnitude for waveform in uploads]
        found.append(encoder.predict({"log_magnitude": np.stack(images)[..., None]}, verbose=0))
    return {name: np.concatenate([outputs[name] for outputs in found]) for name in config.conditions}


def fitted_temperature(probabilities: Float32, truth: Indices) -> float:
    """The temperature, 1 or more, at which the negative log-likelihood of the truth is least.

    It makes no head surer: held-out clips are as easy as an upload can be.

    Args:
        probabilities: (n_clips, n_values), rows sum to 1.
        truth: (n_clips,), index of the right value.

    Source: Guo et al. 2017.
    """

    def cost(log_temperature: float) -> float:
        found = at_temperature(probabilities, float(np.exp(log_temperature)))
        return -float(np.log(found[np.arange(len(truth)), truth] + TINY).mean())

    best = minimize_scalar(cost, bounds=(0.0, HIGHEST_LOG_TEMPERATURE), method="bounded").x
    return round(float(np.exp(best)), N_DECIMALS)


def at_temperature(probabilities: Float32, temperature: float) -> NDArray[np.float64]:
    """The probabilities, (n_clips, n_values), that the logits divided by the temperature have."""
    logits = np.log(probabilities.astype(np.float64) + TINY) / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def calibration_error(probabilities: NDArray[np.floating], truth: Indices) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, 0 to 1.

    Args:
        probabilities: (n_clips, n_values), rows sum to 1.
        truth: (n_clips,), index of the right value.

    Source: Guo et al. 2017, equation 3.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [np.abs((confidence - right)[bins == b].sum()) for b in np.unique(bins)]
    return float(np.sum(gaps) / len(truth))
