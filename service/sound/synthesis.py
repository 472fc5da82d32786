"""The signal chain: bytes -> waveform -> log_magnitude -> z -> log_magnitude -> waveform."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.files import AudioLimits, read_audio
from audio.silence import trim_silence
from audio.spectrogram import SILENCE_LEVEL_DB, PhaseMethod, SpectrogramTransform, at_level
from service.errors import SilentWindowError
from service.metrics import STAGE
from service.sound.autoencoder import Posterior
from service.sound.labels import AskedLabels, LabelVectors, label_vectors, normalised
from service.sound.store import Model

Float32 = NDArray[np.float32]

FULL_SCALE, SCALED_PEAK = 1.0, 0.99
LEVEL_DECIMALS = 3  # as many as are told, so that what is told gives the same bytes


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
    truncated: bool | None = None  # of a replica, whether the upload is longer than the window


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
    """An audio file encoded and decoded again, of the same RMS and length (within the window).

    Said otherwise, it lasts longer where it is heard longer: another voice takes its time. The level of its
    point is the replica's own: decoded at that level and as long, the point is the replica.
    """
    chosen = label_vectors(model.manifest, asked)
    heard, posterior = analyse(model, data, limits)  # bytes -> waveform -> log_magnitude -> z
    point = point_heard(model, posterior, chosen, heard.level_db)
    log_magnitude = model.autoencoder.decode(point.z, point.labels)
    own_phase = np.angle(model.transform.stft(heard.waveform)) if phase == "input" else phase
    with STAGE.labels("phase").time():
        waveform = model.transform.inverse(log_magnitude, 0.0, own_phase)
    n_kept = n_samples_of(model, heard.duration_s)
    level_db = _level_of(waveform[:n_kept], heard.waveform[:n_kept], heard.level_db)
    if chosen:
        n_kept = max(n_kept, trim_silence(waveform, model.manifest.spectrogram.sample_rate).size)
    replica = limit_peak(at_level(waveform[:n_kept], level_db))
    quality = compare(model, heard.waveform, replica) if measured else None
    return Sound(replica, (replace(point, level_db=level_db),), quality, heard.truncated)


def point_heard(model: Model, posterior: Posterior, chosen: LabelVectors, level_db: float) -> Point:
    """Where an upload lies; with other labels than are heard, where it would lie if it had those."""
    heard = {name: normalised(vector) for name, vector in posterior.labels.items()}
    if not chosen:
        return Point(posterior.z_mean, heard, level_db)
    labels = heard | chosen
    return Point(model.mixture.carried(posterior.z_mean, heard, labels), labels, level_db)


def decode(model: Model, point: Point, phase: PhaseMethod, duration_s: float | None = None) -> Sound:
    """The sound at a point, as long as it is asked to be or can be heard: z -> log_magnitude -> waveform."""
    log_magnitude = model.autoencoder.decode(point.z, point.labels)
    with STAGE.labels("phase").time():
        waveform = model.transform.inverse(log_magnitude, point.level_db, phase)
    if duration_s is None:
        waveform = trim_silence(waveform, model.manifest.spectrogram.sample_rate)
    else:
        waveform = waveform[: n_samples_of(model, duration_s)]
    return Sound(limit_peak(waveform), (point,))


def n_samples_of(model: Model, duration_s: float) -> int:
    """How many samples last so long, at least one; a window has no more than n_samples."""
    return max(1, round(duration_s * model.manifest.spectrogram.sample_rate))


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


def _level_of(waveform: Float32, original: Float32, level_db: float) -> float:
    """The level at which a waveform of 0 dBFS has the root mean square of the original.

    A blurred picture of equal peak is louder. Where either is silent it is the given level.
    """
    energy, wanted = (float(np.square(w, dtype=np.float64).sum()) for w in (waveform, original))
    return round(10 * np.log10(wanted / energy), LEVEL_DECIMALS) if min(energy, wanted) > 0 else level_db


def limit_peak(waveform: Float32) -> Float32:
    """The waveform, scaled down as a whole where its peak would be clipped."""
    peak = float(np.abs(waveform).max())
    return waveform * np.float32(SCALED_PEAK / peak) if peak > FULL_SCALE else waveform
