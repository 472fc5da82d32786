"""Sounds, posteriors and models as HTTP answers."""

import hashlib
import re

import numpy as np
from fastapi import Response
from numpy.typing import NDArray

from audio.files import AudioFormat
from service.autoencoder import Posterior
from service.errors import NotAcceptableError
from service.labels import write_labels
from service.schemas import EncodeAnswer, ModelAnswer
from service.store import Model, Store
from service.synthesis import Heard, Sound

AUDIO_TYPES: dict[AudioFormat, tuple[str, str]] = {  # media type, file name extension
    "wav": ("audio/wav", "wav"),
    "wav-float": ("audio/wav", "wav"),
    "flac": ("audio/flac", "flac"),
    "ogg": ("audio/ogg", "ogg"),
    "mp3": ("audio/mpeg", "mp3"),
    "pcm": ("audio/pcm", "pcm"),
}


def check_acceptable(accept: str | None, audio_format: AudioFormat) -> None:
    """Passes only where the Accept header admits the audio; absent admits everything.

    Raises:
        NotAcceptableError: it does not.

    Source: RFC 9110, section 12.5.1: of the ranges that match, the most specific one decides.
    """
    media_type = AUDIO_TYPES[audio_format][0]
    qualities: dict[str, float] = {}
    for entry in (accept or "*/*").lower().split(","):
        media_range, _, parameters = entry.partition(";")
        qualities[media_range.strip()] = _quality(parameters)
    matching = [qualities[r] for r in (media_type, "audio/*", "*/*") if r in qualities]
    if not matching or matching[0] == 0:
        raise NotAcceptableError(media_type)


def _quality(parameters: str) -> float:
    """The weight `q` among a media range's parameters; 1 where none is told, 0 where it is no number."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if re.fullmatch(r"\s*[01](\.\d*)?\s*", value) else 0.0
    return 1.0


def sound_answer(
    sound: Sound, model: Model, audio_format: AudioFormat, told: str, seed: int | None = None
) -> Response:
    """The file with the headers to make it again.

    Args:
        sound: what was made.
        model: what made it.
        audio_format: of `sound.data`.
        told: what the file name says after the model's name.
        seed: of a draw.
    """
    media_type, extension = AUDIO_TYPES[audio_format]
    headers = {
        "Content-Disposition": f'inline; filename="{model.manifest.name}-{told}.{extension}"',
        "ETag": f'"{hashlib.sha256(sound.data).hexdigest()[:32]}"',
        "Tonespace-Model": model.reference,
        "Tonespace-Z": ",".join(f"{value:.9g}" for value in sound.z),
        "Tonespace-Sample-Rate": str(model.manifest.spectrogram.sample_rate),
    }
    if seed is not None:
        headers["Tonespace-Seed"] = str(seed)
    if sound.labels:
        headers["Tonespace-Labels"] = write_labels(model.manifest, sound.labels)
    return Response(sound.data, headers=headers, media_type=media_type)


def encode_answer(model: Model, heard: Heard, posterior: Posterior) -> EncodeAnswer:
    """The posterior of a clip and what was heard of it."""
    manifest = model.manifest
    return EncodeAnswer(
        model=manifest.name,
        version=manifest.version,
        z_mean=_floats(posterior.z_mean),
        z_log_var=None if posterior.z_log_var is None else _floats(posterior.z_log_var),
        labels={
            name: dict(zip(manifest.labels[name], _floats(probabilities), strict=True))
            for name, probabilities in posterior.labels.items()
        },
        level_db=round(heard.level_db, 3),
        duration_s=round(heard.duration_s, 6),
        truncated=heard.truncated,
    )


def model_answer(model: Model, store: Store) -> ModelAnswer:
    """What a client may want to know of a model."""
    manifest = model.manifest
    files = (manifest.encoder, manifest.decoder, manifest.latents)
    return ModelAnswer(
        **manifest.model_dump(
            include={"name", "version", "kind", "description", "latent_dim", "labels", "level_db", "metrics"}
        ),
        versions=store.versions(manifest.name),
        default=model is store.default,
        sample_rate=manifest.spectrogram.sample_rate,
        window_s=manifest.spectrogram.duration_s,
        latent_distribution=manifest.latent_distribution,
        checksums={promised.file: promised.sha256 for promised in files},
        providers=model.autoencoder.providers,
        data=manifest.data,
    )


def _floats(array: NDArray[np.float32]) -> list[float]:
    """The values with the nine digits that give the same float32 again."""
    return [float(f"{value:.9g}") for value in array]
