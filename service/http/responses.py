"""Orders, posteriors and models as HTTP answers."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping

from fastapi import Response

from audio.files import AudioFormat, file_rate, write_audio
from service.contract.answers import EncodeAnswer, ModelAnswer, QualityAnswer, SoundAnswer, SoundsAnswer
from service.http.negotiation import JSON, PNG, ZIP
from service.metrics import STAGE
from service.sound.autoencoder import Posterior
from service.sound.clip_map import map_bytes, zipped_map_bytes
from service.sound.labels import label_weights, told_labels
from service.sound.picture import draw_picture
from service.sound.recipes import Order, Piece, told_z
from service.sound.store import Model, Store
from service.sound.synthesis import Heard
from service.work_queue import Steps

EXTENSIONS: Mapping[AudioFormat, str] = {"wav-float": "wav"}  # of the others: the format itself
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest there is: the same sounds are the same archive


def answer(
    making: Steps[Order], model: Model, audio_format: AudioFormat, media_type: str, headers: Mapping[str, str]
) -> Steps[Response]:
    """The order in the form the client likes best, with the headers to make it again.

    Args:
        making: what is asked for.
        model: what makes it.
        audio_format: of the files.
        media_type: of the answer.
        headers: to be sent along.
    """
    order = yield from making
    first = order.pieces[0]
    if media_type == JSON:
        data = yield from _told(order, model, audio_format)
    elif media_type == ZIP:
        data, extension = (yield from _archive(order, model, audio_format)), "zip"
    elif media_type == PNG:
        data, extension = draw_picture(first.sound, model, _title(order, model)), "png"
    else:
        data, extension = _file(first, model, audio_format), _extension(audio_format)
    told = {"Vary": "Accept", **headers, **_making_headers(order, model, audio_format)}
    if media_type != JSON:
        name = f"{model.manifest.name}-{order.told}.{extension}"
        told["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(data, headers=told, media_type=media_type)


def encode_answer(model: Model, heard: Heard, posterior: Posterior) -> EncodeAnswer:
    """The posterior of a clip and what was heard of it."""
    manifest = model.manifest
    return EncodeAnswer(
        model=manifest.name,
        version=manifest.version,
        z_mean=told_z(posterior.z_mean),
        z_log_var=None if posterior.z_log_var is None else told_z(posterior.z_log_var),
        labels={
            name: dict(zip(manifest.labels[name], told_z(probabilities), strict=True))
            for name, probabilities in posterior.labels.items()
        },
        level_db=round(heard.level_db, 3),
        duration_s=round(heard.duration_s, 6),
        truncated=heard.truncated,
    )


def model_answer(model: Model, store: Store) -> ModelAnswer:
    """What a client may want to know of a model."""
    manifest = model.manifest
    return ModelAnswer(
        **manifest.model_dump(
            include={"name", "version", "kind", "description", "latent_dim", "labels", "level_db", "metrics"}
        ),
        versions=store.versions(manifest.name),
        default=model is store.default,
        sample_rate=manifest.spectrogram.sample_rate,
        window_s=manifest.spectrogram.duration_s,
        latent_distribution=manifest.latent_distribution,
        checksums={promised.file: promised.sha256 for promised in manifest.files},
        providers=model.autoencoder.providers,
        data=manifest.data,
    )


def map_response(model: Model, with_z: bool, zipped: bool, headers: Mapping[str, str]) -> Response:
    """The map of a model, gzipped where the client reads that."""
    if not zipped:
        return Response(map_bytes(model, with_z), headers=dict(headers), media_type=JSON)
    told = {**headers, "Content-Encoding": "gzip"}
    return Response(zipped_map_bytes(model, with_z), headers=told, media_type=JSON)


def _told(order: Order, model: Model, audio_format: AudioFormat) -> Steps[bytes]:
    """The sounds as data."""
    sounds: list[SoundAnswer] = []
    for piece in order.pieces:
        if sounds:
            yield
        sounds.append(_sound_answer(piece, model, audio_format))
    return (SoundsAnswer(sounds=sounds) if order.several else sounds[0]).model_dump_json().encode()


def _sound_answer(piece: Piece, model: Model, audio_format: AudioFormat) -> SoundAnswer:
    point, sample_rate = piece.sound.points[0], model.manifest.spectrogram.sample_rate
    quality = piece.sound.quality
    return SoundAnswer(
        model=model.reference,
        seed=piece.seed,
        z=told_z(point.z),
        labels=label_weights(model.manifest, point.labels),
        level_db=round(point.level_db, 3),
        sample_rate=file_rate(sample_rate, audio_format),
        duration_s=round(piece.sound.waveform.size / sample_rate, 6),
        format=audio_format,
        audio=base64.b64encode(_file(piece, model, audio_format)).decode("ascii"),
        truncated=piece.sound.truncated,
        quality=quality and QualityAnswer(**{k: round(v, 4) for k, v in quality._asdict().items()}),
    )


def _file(piece: Piece, model: Model, audio_format: AudioFormat) -> bytes:
    sample_rate = model.manifest.spectrogram.sample_rate
    with STAGE.labels("write").time():
        return write_audio(piece.sound.waveform, sample_rate, audio_format, piece.making)


def _archive(order: Order, model: Model, audio_format: AudioFormat) -> Steps[bytes]:
    """The files in order: 01-name-seed-7.wav, 02-..."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, piece in enumerate(order.pieces, 1):
            if number > 1:
                yield
            name = f"{number:02d}-{model.manifest.name}-{piece.told}.{_extension(audio_format)}"
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), _file(piece, model, audio_format))
    return buffer.getvalue()


def _title(order: Order, model: Model) -> str:
    """What a picture is called: the model, what was asked of it, and what is said by whom."""
    points = order.pieces[0].sound.points
    words = [model.reference, order.told.replace("-", " ")]
    if len(points) == 1:
        weights = label_weights(model.manifest, points[0].labels)
        words += [f"{name} {max(of, key=of.__getitem__)}" for name, of in weights.items()]
    return " · ".join(words)


def _making_headers(order: Order, model: Model, audio_format: AudioFormat) -> dict[str, str]:
    """What made the order; z and labels only where there is one point, a walk has many."""
    rate = file_rate(model.manifest.spectrogram.sample_rate, audio_format)
    headers = {"Tonespace-Model": model.reference, "Tonespace-Sample-Rate": str(rate)}
    first = order.pieces[0]
    if first.seed is not None:
        headers["Tonespace-Seed"] = str(first.seed)
    if first.sound.truncated is not None:
        headers["Tonespace-Truncated"] = str(first.sound.truncated).lower()
    if not order.several and len(first.sound.points) == 1:
        point = first.sound.points[0]
        headers["Tonespace-Z"] = ",".join(f"{value:.9g}" for value in point.z)
        if point.labels:
            headers["Tonespace-Labels"] = json.dumps(told_labels(model.manifest, point.labels))
    return headers


def _extension(audio_format: AudioFormat) -> str:
    return EXTENSIONS.get(audio_format, audio_format)
