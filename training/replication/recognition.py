"""How well sounds are recognised, and how like the recordings they are."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audio.distances import TINY, log_spectral_distance_db, spectral_convergence
from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.data.dataset import Dataset
from training.measure import measures
from training.measure.evaluators import is_installed
from training.measure.recogniser import Recogniser, recogniser_spectrogram, train_recogniser
from training.measure.sounds import recorded
from training.replication.results import Figures
from training.replication.workshop import Workshop

log = logging.getLogger(__name__)

Float32 = NDArray[np.float32]


@lru_cache(maxsize=1)
def recogniser(workshop: Workshop) -> Recogniser:
    """The recogniser of digits and speakers, trained on all real training clips."""
    spectrogram = recogniser_spectrogram(workshop.config.spectrogram)
    return train_recogniser(workshop.spectrograms(spectrogram, "train"), spectrogram, workshop.runs)


@lru_cache(maxsize=1)
def originals(workshop: Workshop) -> list[Float32]:
    """The held-out recordings, cut or padded to the one length of all clips."""
    return recorded(workshop.config, workshop.held_out)


def spectrograms(workshop: Workshop, spectrogram: SpectrogramConfig) -> Dataset:
    """The held-out recordings in a spectrogram of another size, in float16 as all prepared clips."""
    transform = SpectrogramTransform(spectrogram)
    images, levels = zip(*(transform.forward(waveform) for waveform in originals(workshop)), strict=True)
    return replace(
        workshop.held_out,
        log_magnitude=np.stack(images)[..., None].astype(np.float16),
        level_db=np.array(levels, np.float32),
    )


def recognised(
    workshop: Workshop, waveforms: Sequence[Float32], labels: Mapping[str, NDArray[np.integer]]
) -> Figures:
    """The share of sounds whose label is recognised, in percent, for each label.

    A sound longer than the recogniser's window is read window by window, and the probabilities are summed.
    """
    length = recogniser_spectrogram(workshop.config.spectrogram).n_samples
    n_pieces = [-(-len(waveform) // length) for waveform in waveforms]
    pieces = [w[i * length :][:length] for w, n in zip(waveforms, n_pieces, strict=True) for i in range(n)]
    probabilities = recogniser(workshop).recognise(pieces).probabilities
    starts = np.cumsum([0, *n_pieces[:-1]])
    return {
        f"{name}_percent": 100
        * float((np.add.reduceat(probabilities[name], starts, axis=0).argmax(axis=1) == truth).mean())
        for name, truth in labels.items()
    }


def likeness(workshop: Workshop, replicas: Sequence[Float32]) -> Figures:
    """Means over the held-out clips of how near their replicas are to the recordings."""
    transform = SpectrogramTransform(recogniser_spectrogram(workshop.config.spectrogram))
    pairs = list(zip(originals(workshop), replicas, strict=True))
    found = {
        "log_spectral_distance_db": [log_spectral_distance_db(a, b, transform) for a, b in pairs],
        "spectral_convergence": [_convergence_at_best_gain(a, b, transform) for a, b in pairs],
    }
    if workshop.rate in measures.PESQ_RATES_HZ and is_installed("pesq"):
        found["pesq"] = [measures.pesq(a, b, workshop.rate) for a, b in pairs]
    else:
        log.warning("PESQ is left out: it needs the external evaluators and a rate of 8 or 16 kHz")
    return {name: float(np.nanmean(values)) for name, values in found.items() if np.isfinite(values).any()}


def _convergence_at_best_gain(original: Float32, replica: Float32, transform: SpectrogramTransform) -> float:
    """The spectral convergence of the replica at the level at which it is nearest to the original."""
    magnitude, other = (np.abs(transform.stft(waveform)) for waveform in (original, replica))
    gain = (magnitude * other).sum() / max(float(np.square(other).sum()), TINY)
    return spectral_convergence(original, replica * gain, transform)
