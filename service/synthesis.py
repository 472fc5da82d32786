"""The signal chain: bytes -> waveform -> log_magnitude -> z -> log_magnitude -> waveform -> bytes."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.files import AudioFormat, AudioLimits, read_audio, write_audio
from audio.spectrogram import SILENCE_LEVEL_DB, PhaseMethod
from service.autoencoder import Posterior
from service.errors import LatentShapeError, NoSuchCombinationError, SilentWindowError
from service.labels import AskedLabels, LabelVectors, label_vectors, one_hot
from service.store import Model

Float32 = NDArray[np.float32]

FULL_SCALE, SCALED_PEAK = 1.0, 0.99
SILENCE_UNDER_LOUDEST_DB = -40.0
BLOCK_S, TAIL_S = 0.010, 0.020


class Heard(NamedTuple):
    """An upload as the model hears it."""

    waveform: Float32  # (n_samples,), cut or padded to the window
    log_magnitude: Float32  # image_shape, [0, 1]
    level_db: float
    duration_s: float  # of the file
    truncated: bool


@dataclass(frozen=True)
class Sound:
    """A decoded sound as a file, and where it lies in the model's space."""

    data: bytes
    z: Float32  # (latent_dim,)
    labels: LabelVectors  # every label of the model


def analyse(model: Model, data: bytes, limits: AudioLimits) -> tuple[Heard, Posterior]:
    """What the model hears in an audio file, and the posterior it gives."""
    heard = _hear(model, data, limits)
    return heard, model.autoencoder.encode(heard.log_magnitude)


def reconstruct(
    model: Model,
    data: bytes,
    limits: AudioLimits,
    asked: AskedLabels,
    phase: PhaseMethod | Literal["input"],
    audio_format: AudioFormat,
) -> Sound:
    """An audio file encoded and decoded again, as loud and as long as it came (within the window)."""
    chosen = label_vectors(model.manifest, asked)
    heard, posterior = analyse(model, data, limits)  # bytes -> waveform -> log_magnitude -> z
    z, labels = posterior.z_mean, posterior.labels | chosen
    log_magnitude = model.autoencoder.decode(z, labels)
    own_phase = np.angle(model.transform.stft(heard.waveform)) if phase == "input" else phase
    waveform = model.transform.inverse(log_magnitude, heard.level_db, own_phase)
    sample_rate = model.manifest.spectrogram.sample_rate
    n_kept = max(1, round(heard.duration_s * sample_rate))
    return Sound(write_audio(limit_peak(waveform[:n_kept]), sample_rate, audio_format), z, labels)


def generate(
    model: Model, z: Float32, asked: AskedLabels, phase: PhaseMethod, audio_format: AudioFormat
) -> Sound:
    """The sound at one point; labels that are not asked are those of the likeliest training clips."""
    chosen = label_vectors(model.manifest, asked)
    if z.size != model.manifest.latent_dim:
        raise LatentShapeError(model.reference, z.size, model.manifest.latent_dim)
    matches = model.mixture.matching(chosen)
    among = matches if matches.any() else np.ones_like(matches)
    labels = _labels_of(model, model.mixture.most_probable(z, among)) | chosen
    return _decode(model, z, labels, phase, audio_format)


def sample(
    model: Model,
    rng: np.random.Generator,
    temperature: float | None,
    asked: AskedLabels,
    phase: PhaseMethod,
    audio_format: AudioFormat,
) -> Sound:
    """A draw from the distribution of the encoded training clips, of those with the asked labels."""
    among = model.mixture.matching(label_vectors(model.manifest, asked))
    if not among.any():
        raise NoSuchCombinationError(model.reference, [f"{n} {v}" for n, v in asked.items()])
    if temperature is None:
        temperature = model.manifest.latent_distribution.temperature
    z, component = model.mixture.sample(rng, temperature, among)
    return _decode(model, z, _labels_of(model, component), phase, audio_format)


def _hear(model: Model, data: bytes, limits: AudioLimits) -> Heard:
    """What the model hears of a file: bytes -> waveform -> log_magnitude."""
    config = model.manifest.spectrogram
    clip = read_audio(data, config.sample_rate, limits)
    waveform, truncated = model.transform.fit_length(clip.waveform)
    log_magnitude, level_db = model.transform.forward(waveform)
    if level_db <= SILENCE_LEVEL_DB:
        raise SilentWindowError(config.duration_s)
    return Heard(waveform, log_magnitude, level_db, clip.duration_s, truncated)


def _decode(
    model: Model, z: Float32, labels: LabelVectors, phase: PhaseMethod, audio_format: AudioFormat
) -> Sound:
    """The sound at z, at the level of the training clips: z -> log_magnitude -> waveform -> bytes."""
    log_magnitude = model.autoencoder.decode(z, labels)
    waveform = model.transform.inverse(log_magnitude, model.manifest.level_db, phase)
    sample_rate = model.manifest.spectrogram.sample_rate
    audible = limit_peak(trim_silence(waveform, sample_rate))
    return Sound(write_audio(audible, sample_rate, audio_format), z, labels)


def _labels_of(model: Model, component: int) -> LabelVectors:
    return {
        name: one_hot(int(model.mixture.labels[name][component]), len(values))
        for name, values in model.manifest.labels.items()
    }


def limit_peak(waveform: Float32) -> Float32:
    """The waveform, scaled down as a whole where its peak would be clipped."""
    peak = float(np.abs(waveform).max())
    return waveform * np.float32(SCALED_PEAK / peak) if peak > FULL_SCALE else waveform


def trim_silence(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform without its silent end: blocks 40 dB under the loudest one, but for a faded tail."""
    block, tail = round(BLOCK_S * sample_rate), round(TAIL_S * sample_rate)
    whole = waveform[: waveform.size // block * block].reshape(-1, block)
    power = (whole.astype(np.float64) ** 2).mean(axis=1)
    if power.size == 0 or power.max() == 0:
        return waveform
    last = int(np.flatnonzero(power >= power.max() * 10 ** (SILENCE_UNDER_LOUDEST_DB / 10))[-1])
    end = (last + 1) * block + tail
    if end >= waveform.size:
        return waveform
    trimmed = waveform[:end].copy()
    trimmed[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return trimmed
