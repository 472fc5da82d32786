"""What a model makes of disturbed clips, each stored as a 16-bit WAV and read as an upload is."""

import io

import numpy as np
import soundfile

from audio.files import AudioLimits, read_audio
from training.config import Config
from training.data.dataset import Dataset
from training.exported import ExportedModel, Float32
from training.measure.disturbed import DISTURBANCES, Clip
from training.measure.recogniser import Recogniser
from training.measure.results import Figures, Results


def robustness_figures(
    model: ExportedModel, config: Config, clips: Dataset, recogniser: Recogniser
) -> Results:
    """The share of clips whose labels are recognised, for every disturbance and label.

    `label_head` is the model's own, `clip` our recogniser's, `replica` our recogniser's of the replica.

    Args:
        model: the model.
        config: where the recordings are.
        clips: to evaluate on.
        recogniser: of their labels.
    """
    rate = config.spectrogram.sample_rate
    results: Results = {}
    for row, disturb in DISTURBANCES.items():
        waveforms = []
        for seed, file in enumerate(clips.files):
            whole = read_audio((config.data.recordings / file).read_bytes(), rate, AudioLimits()).waveform
            waveforms.append(stored(disturb(Clip(whole, rate, np.random.default_rng(seed))), rate))
        results[row] = _figures(model, waveforms, clips, recogniser)
    return results


def stored(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform as it is read from a 16-bit WAV, in which it is clipped."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(waveform, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return read_audio(file.getvalue(), sample_rate, AudioLimits()).waveform


def _figures(
    model: ExportedModel, waveforms: list[Float32], clips: Dataset, recogniser: Recogniser
) -> Figures:
    fitted = [model.transform.fit_length(waveform)[0] for waveform in waveforms]
    spectrograms = [model.transform.forward(waveform) for waveform in fitted]
    images = np.stack([spectrogram.log_magnitude[..., None] for spectrogram in spectrograms])
    levels = np.array([spectrogram.level_db for spectrogram in spectrograms], np.float32)
    replicas = model.waveforms(model.reconstruct(images), levels, "Disturbed clips")
    probabilities = {
        "label_head": model.encoder({"log_magnitude": images}),
        "clip": recogniser.recognise(fitted).probabilities,
        "replica": recogniser.recognise(replicas).probabilities,
    }
    return {
        f"{name}.{which}": float((found[name].argmax(axis=1) == truth).mean())
        for name, truth in clips.labels.items()
        for which, found in probabilities.items()
        if name in found
    }
