"""The signal chain: bytes -> waveform -> log_magnitude -> z -> log_magnitude -> waveform."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.distances import log_spectral_distance_db, spectral_convergence
from audio.familiarity import replica_distance_db
from audio.formats import AudioLimits
from audio.silence import trim_silence, with_faded_ends
from audio.spectrogram import SILENCE_LEVEL_DB, at_level
from audio.spectrogram_config import PhaseMethod
from service.contract.tasks import Upload
from service.errors import SilentWindowError
from service.sound.autoencoder import Posterior
from service.sound.labels import LabelVectors, recognised_labels
from service.sound.steps import Decoding, Steps, spectrogram_of
from service.sound.store import Model
from service.sound.upload import read_window
from service.stages import stage

Float32 = NDArray[np.float32]

FULL_SCALE, SCALED_PEAK = 1.0, 0.99
LEVEL_DECIMALS = 3  # as many as answers show, so that the level of an answer gives the same bytes


class Analysis(NamedTuple):
    """An upload in the model's window."""

    waveform: Float32  # (n_samples,), cut or padded to the window
    log_magnitude: Float32  # image_shape, [0, 1]
    level_db: float
    upload: Upload


@dataclass(frozen=True)
class Point:
    """A point of a model's space, and how loud its sound is."""

    z: Float32  # (latent_dim,)
    labels: LabelVectors  # every label of the model
    level_db: float  # dBFS of the peak
    nearest: Mapping[str, str] | None = None  # labels of the clips it comes from, where none has its own


class Familiarity(NamedTuple):
    """How near a model's replica of an upload is, against how near those of held-out clips are."""

    score: float  # dB, see `audio.familiarity.replica_distance_db`
    threshold: float  # dB

    @property
    def familiar(self) -> bool:
        return self.score <= self.threshold


class Encoding(NamedTuple):
    """An upload in the model's space."""

    analysis: Analysis
    posterior: Posterior
    familiarity: Familiarity | None  # None for a model that has no threshold


class Quality(NamedTuple):
    """How far a replica is from the upload."""

    log_spectral_distance_db: float
    spectral_convergence: float


class Replica(NamedTuple):
    """An upload, encoded and decoded again."""

    waveform: Float32  # (any,), within full scale
    point: Point  # decoded at its level and for as long, it is the replica
    analysis: Analysis  # of the upload
    quality: Quality | None  # None where it was not asked for


def analyse(
    model: Model, data: bytes, limits: AudioLimits, start_s: float | None = None
) -> tuple[Analysis, Posterior]:
    """The analysis of an audio file and its posterior: bytes -> waveform -> log_magnitude -> z.

    The window begins at `start_s`, or else at the onset of the sound.

    Raises:
        AudioError: the file cannot be read or has no sound.
        SilentWindowError: its sound lies outside the model's window.
    """
    waveform, upload = read_window(model, data, limits, start_s)
    with stage("transform"):
        log_magnitude, level_db = model.transform.forward(waveform)
    if level_db <= SILENCE_LEVEL_DB:
        window_s = model.manifest.spectrogram.duration_s
        raise SilentWindowError(upload.offset_s, window_s, upload.duration_s)
    return Analysis(waveform, log_magnitude, level_db, upload), model.autoencoder.encode(log_magnitude)


def encode(model: Model, data: bytes, limits: AudioLimits, start_s: float | None = None) -> Encoding:
    """An audio file encoded, and how familiar it is to the model.

    Raises:
        AudioError, SilentWindowError: see `analyse`.
    """
    analysis, posterior = analyse(model, data, limits, start_s)
    limit = model.manifest.familiarity
    if limit is None:
        return Encoding(analysis, posterior, None)
    replica = model.autoencoder.decode(posterior.z_mean, posterior.labels)
    floor_db = model.manifest.spectrogram.floor_db
    (score,) = replica_distance_db(analysis.log_magnitude[None], replica[None], floor_db)
    return Encoding(analysis, posterior, Familiarity(float(score), limit.threshold_db))


def reconstruct(
    model: Model,
    data: bytes,
    limits: AudioLimits,
    chosen: LabelVectors,
    phase: PhaseMethod | Literal["input"],
    measured: bool,
    start_s: float | None = None,
) -> Replica:
    """An audio file encoded and decoded again, with the same RMS and duration (within the window).

    Both are counted from the beginning of the window. With chosen labels it is a conversion, which lasts
    longer than the upload where its sound does.
    """
    analysis, posterior = analyse(model, data, limits, start_s)  # bytes -> waveform -> log_magnitude -> z
    point = point_of_upload(model, posterior, chosen, analysis.level_db)
    log_magnitude = model.autoencoder.decode(point.z, point.labels)
    own_phase = np.angle(model.transform.stft(analysis.waveform)) if phase == "input" else phase
    with stage("phase"):
        waveform = model.transform.inverse(log_magnitude, 0.0, own_phase)
    n_kept = n_samples_of(model, analysis.upload.duration_s - analysis.upload.offset_s)
    level_db = _level_of(waveform[:n_kept], analysis.waveform[:n_kept], analysis.level_db)
    rate = model.manifest.spectrogram.sample_rate
    if chosen:
        n_kept = max(n_kept, trim_silence(waveform, rate).size)
    replica = limit_peak(with_faded_ends(at_level(waveform[:n_kept], level_db), rate))
    quality = compare(model, analysis.waveform, replica) if measured else None
    return Replica(replica, replace(point, level_db=level_db), analysis, quality)


def point_of_upload(model: Model, posterior: Posterior, chosen: LabelVectors, level_db: float) -> Point:
    """The point of an upload with its recognised labels; with chosen labels, the point it is converted to."""
    recognised = recognised_labels(model.manifest, posterior.labels)
    if not chosen:
        return Point(posterior.z_mean, recognised, level_db)
    labels = recognised | chosen
    return Point(model.mixture.converted(posterior.z_mean, recognised, labels), labels, level_db)


def decode(model: Model, point: Point, phase: PhaseMethod, duration_s: float | None = None) -> Steps[Float32]:
    """The waveform at a point, float32 of shape (any,): z -> log_magnitude -> waveform.

    It has the given duration, within the window; without one, its silent end is cut. Both ends are faded.
    """
    log_magnitude = yield from spectrogram_of(Decoding(model.autoencoder, point.z, point.labels))
    with stage("phase"):
        waveform = model.transform.inverse(log_magnitude, point.level_db, phase)
    if duration_s is None:
        waveform = trim_silence(waveform, model.manifest.spectrogram.sample_rate)
    else:
        waveform = waveform[: n_samples_of(model, duration_s)]
    return limit_peak(with_faded_ends(waveform, model.manifest.spectrogram.sample_rate))


def n_samples_of(model: Model, duration_s: float) -> int:
    """The samples of a duration, at least one."""
    return max(1, round(duration_s * model.manifest.spectrogram.sample_rate))


def compare(model: Model, original: Float32, replica: Float32) -> Quality:
    """How far the replica's spectrum is from the original's, over the model's window.

    Args:
        model: whose transform is used.
        original: float32 of shape (n_samples,).
        replica: float32 of shape (up to n_samples,).
    """
    padded, _ = model.transform.fit_length(replica)
    return Quality(
        log_spectral_distance_db(original, padded, model.transform),
        spectral_convergence(original, padded, model.transform),
    )


def _level_of(waveform: Float32, original: Float32, level_db: float) -> float:
    """The level at which a waveform of 0 dBFS has the root mean square of the original.

    A blurred spectrogram of equal peak is louder. Where either is silent it is the given level.
    """
    energy, wanted = (float(np.square(w, dtype=np.float64).sum()) for w in (waveform, original))
    return round(10 * np.log10(wanted / energy), LEVEL_DECIMALS) if min(energy, wanted) > 0 else level_db


def limit_peak(waveform: Float32) -> Float32:
    """The waveform, scaled down as a whole where its peak would be clipped."""
    peak = float(np.abs(waveform).max())
    return waveform * np.float32(SCALED_PEAK / peak) if peak > FULL_SCALE else waveform
