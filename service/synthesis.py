"""The signal chain: bytes -> waveform -> log_magnitude -> z -> log_magnitude -> waveform."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.files import AudioLimits, read_audio
from audio.silence import trim_silence
from audio.spectrogram import SILENCE_LEVEL_DB, PhaseMethod, SpectrogramTransform
from service.autoencoder import Posterior
from service.errors import SilentWindowError
from service.labels import AskedLabels, LabelVectors, label_vectors
from service.metrics import STAGE
from service.store import Model

Float32 = NDArray[np.float32]

FULL_SCALE, SCALED_PEAK = 1.0, 0.99


class Heard(NamedTuple):
    """An upload as the model hears it."""

    waveform: Float32  # (n_samples,), cut or padded to the window
    log_magnitude: Float32  # image_shape, [0, 1]
    level_db: float
    duration_s: float  # of the file
    truncated: bool


@dataclass(frozen=True)
class Point:
    """Where in a model's space, and how loud."""

    z: Float32  # (latent_dim,)
    labels: LabelVectors  # every label of the model
    level_db: float  # dBFS of the peak


class Quality(NamedTuple):
    """How far a replica is from the upload."""

    log_spectral_distance_db: float
    spectral_convergence: float


@dataclass(frozen=True)
class Sound:
    """What a point, or a path of them, sounds like."""

    waveform: Float32  # (any,), within full scale
    points: tuple[Point, ...]
    quality: Quality | None = None


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
    measured: bool,
) -> Sound:
    """An audio file encoded and decoded again, of the same RMS and length (within the window)."""
    chosen = label_vectors(model.manifest, asked)
    heard, posterior = analyse(model, data, limits)  # bytes -> waveform -> log_magnitude -> z
    point = point_heard(model, posterior, chosen, heard.level_db)
    log_magnitude = model.autoencoder.decode(point.z, point.labels)
    own_phase = np.angle(model.transform.stft(heard.waveform)) if phase == "input" else phase
    with STAGE.labels("phase").time():
        waveform = model.transform.inverse(log_magnitude, heard.level_db, own_phase)
    n_kept = max(1, round(heard.duration_s * model.manifest.spectrogram.sample_rate))
    replica = limit_peak(_as_loud(waveform[:n_kept], heard.waveform[:n_kept]))
    return Sound(replica, (point,), compare(model, heard.waveform, replica) if measured else None)


def point_heard(model: Model, posterior: Posterior, chosen: LabelVectors, level_db: float) -> Point:
    """Where an upload lies; with other labels than are heard, where it would lie if it had those."""
    if not chosen:
        return Point(posterior.z_mean, posterior.labels, level_db)
    labels = posterior.labels | chosen
    return Point(model.mixture.carried(posterior.z_mean, posterior.labels, labels), labels, level_db)


def decode(model: Model, point: Point, phase: PhaseMethod) -> Sound:
    """The sound at a point, as long as it can be heard: z -> log_magnitude -> waveform."""
    log_magnitude = model.autoencoder.decode(point.z, point.labels)
    with STAGE.labels("phase").time():
        waveform = model.transform.inverse(log_magnitude, point.level_db, phase)
    return Sound(limit_peak(trim_silence(waveform, model.manifest.spectrogram.sample_rate)), (point,))


def compare(model: Model, original: Float32, replica: Float32) -> Quality:
    """How far the replica's spectrogram is from the original's, at full resolution.

    Args:
        model: whose transform is used.
        original: float32 of shape (n_samples,).
        replica: float32 of shape (up to n_samples,).

    Source: Sturmel and Daudet 2011, equation 9, for the spectral convergence.
    """
    config = model.manifest.spectrogram.model_copy(update={"image_height": None, "image_width": None})
    transform = SpectrogramTransform(config)
    padded, _ = transform.fit_length(replica)
    magnitude, other = (np.abs(transform.stft(w)) for w in (original, padded))
    convergence = np.linalg.norm(magnitude - other) / np.linalg.norm(magnitude)
    cells, other_cells = (_decibels(transform, w) for w in (original, padded))
    return Quality(float(np.sqrt(np.mean((cells - other_cells) ** 2))), float(convergence))


def _decibels(transform: SpectrogramTransform, waveform: Float32) -> Float32:
    """Every cell in dBFS, (n_bins, n_frames), not less than the floor under the peak."""
    log_magnitude, level_db = transform.forward(waveform)
    return np.asarray(level_db + transform.config.floor_db * (1 - log_magnitude), np.float32)


def _hear(model: Model, data: bytes, limits: AudioLimits) -> Heard:
    """What the model hears of a file: bytes -> waveform -> log_magnitude."""
    config = model.manifest.spectrogram
    with STAGE.labels("decode").time():
        clip = read_audio(data, config.sample_rate, limits)
    with STAGE.labels("transform").time():
        waveform, truncated = model.transform.fit_length(clip.waveform)
        log_magnitude, level_db = model.transform.forward(waveform)
    if level_db <= SILENCE_LEVEL_DB:
        raise SilentWindowError(config.duration_s)
    return Heard(waveform, log_magnitude, level_db, clip.duration_s, truncated)


def _as_loud(waveform: Float32, original: Float32) -> Float32:
    """The waveform at the root mean square of the original: a blurred picture of equal peak is louder."""
    energy, wanted = (float(np.square(w, dtype=np.float64).sum()) for w in (waveform, original))
    return waveform * np.float32(np.sqrt(wanted / energy)) if energy > 0 else waveform


def limit_peak(waveform: Float32) -> Float32:
    """The waveform, scaled down as a whole where its peak would be clipped."""
    peak = float(np.abs(waveform).max())
    return waveform * np.float32(SCALED_PEAK / peak) if peak > FULL_SCALE else waveform
