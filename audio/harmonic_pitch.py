"""The pitch of a note, by what its label head believes and by where its harmonics lie."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audio.harmonics import hann_lobe
from audio.manifest import Manifest
from audio.pitch import hz_of
from audio.scale import number_weights, numbers_of
from audio.spectrogram_config import SpectrogramConfig

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

STEP = 0.1  # semitones between the notes that are compared
N_HARMONICS = 12  # of which the k-th counts 1 / sqrt(k)
BELIEF = 0.06  # a factor e of the probability of a head counts as this much of the cosine
NEIGHBOURS = (0.5, 1.0, 0.5)  # what a head believes of a value, it half believes of the next ones
LEAST_PROBABILITY = 1e-4
TINY = np.float32(1e-12)


def with_found_pitch(
    recognised: dict[str, Float32], log_magnitude: Float32, manifest: Manifest
) -> dict[str, Float32]:
    """The recognised labels, the pitch replaced by the one that `found_pitch` reads, if the model has one.

    Args:
        recognised: name -> (n_values,), probabilities.
        log_magnitude: float32 of shape image_shape, [0, 1], in which they were recognised.
        manifest: of the model.
    """
    config, name = manifest.spectrogram, manifest.pitch_label
    if name is None or config.image_shape != (config.n_bins, config.n_frames):
        return recognised
    scale = numbers_of(manifest.labels[name])
    note = found_pitch(log_magnitude, recognised[name], scale, config)
    return recognised | {name: number_weights(note, manifest.labels[name])}


def found_pitch(
    log_magnitude: Float32, probabilities: Float32, scale: Float64, config: SpectrogramConfig
) -> float:
    """The MIDI note on a scale whose harmonics are most like the mean spectrum, beside what a head believes.

    A head knows instruments and octaves, but hardly what lies between the notes that it learned. The
    spectrum knows that, and not always the octave.

    Args:
        log_magnitude: float32 of shape (n_bins, n_frames), [0, 1].
        probabilities: (n_values,), of the head.
        scale: (n_values,), the MIDI notes of the head, ascending.
        config: of the spectrogram, which is not resized.
    """
    notes, combs = _combs(float(scale[0]), float(scale[-1]), config)
    power = np.square(10 ** ((log_magnitude - 1) * np.float32(-config.floor_db / 20))).mean(axis=1)
    likeness = combs @ np.sqrt(power / power.sum())
    believed = np.interp(notes, scale, np.convolve(probabilities, NEIGHBOURS, "same"))
    score = likeness + BELIEF * np.log(believed + LEAST_PROBABILITY)
    return float(notes[best := int(score.argmax())] + STEP * _summit(score[max(best - 1, 0) : best + 2]))


def _summit(three: NDArray[np.floating]) -> float:
    """How far the summit of a parabola through three points lies from the middle one, which is highest."""
    if len(three) < 3:
        return 0.0
    before, middle, after = three
    return float((before - after) / (2 * (before - 2 * middle + after) or 1))


@lru_cache(maxsize=8)
def _combs(first: float, last: float, config: SpectrogramConfig) -> tuple[Float64, Float32]:
    """Notes (n,) and the spectra (n, n_bins) of their harmonics, of length 1, by the window's main lobe."""
    notes = np.linspace(first, last, max(round((last - first) / STEP), 1) + 1)
    bins = np.arange(config.n_bins)
    combs = np.zeros((len(notes), config.n_bins), np.float32)
    for comb, note in zip(combs, notes, strict=True):
        spacing = hz_of(note) * config.n_fft / config.sample_rate
        harmonic = np.round(bins / spacing)
        counted = (harmonic > 0) & (harmonic <= N_HARMONICS)
        lobe = hann_lobe((bins - harmonic * spacing) * config.win_length / config.n_fft)
        comb[counted] = (lobe / np.sqrt(np.maximum(harmonic, 1)))[counted]
    length = np.sqrt(np.square(combs).sum(axis=1, keepdims=True))
    return notes, combs / np.maximum(length, TINY)  # 0 where all harmonics lie outside
