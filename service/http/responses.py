"""What was computed as HTTP answers: headers around rendered sounds, models and maps as JSON."""

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache

from fastapi import Response

from service.contract.answers import EncodeAnswer, FamiliarityAnswer
from service.contract.model_answers import ModelAnswer
from service.http.negotiation import JSON, PNG, ZIP
from service.sound.clip_map import clip_map
from service.sound.exact_point import ExactPoint, exact
from service.sound.recipes import Order
from service.sound.rendering import Form, Rendered, rate_of
from service.sound.store import Model, Store
from service.sound.synthesis import Encoding
from service.sound.upload import Upload

FORMS: Mapping[str, Form] = {JSON: "json", ZIP: "archive", PNG: "spectrogram"}  # of other types: the file
GZIP_LEVEL = 6
MAX_POINT_HEADERS = (
    3072  # bytes; nginx reads all headers of an answer into 4096, and the others need up to 700
)


def form_of(media_type: str) -> Form:
    """The form of a sound in which a media type is answered."""
    return FORMS.get(media_type, "file")


def sound_response(rendered: Rendered, media_type: str, headers: Mapping[str, str]) -> Response:
    """A rendered order, with the headers that make it again.

    Args:
        rendered: the sounds in the form of the media type.
        media_type: of the answer.
        headers: to be sent along.
    """
    sent = {"Vary": "Accept", **headers, **_recipe_headers(rendered.order)}
    if rendered.file_name:
        sent["Content-Disposition"] = f'inline; filename="{rendered.file_name}"'
    return Response(rendered.content, headers=sent, media_type=media_type)


def encode_answer(model: Model, encoding: Encoding) -> EncodeAnswer:
    """The posterior of a clip and what was measured of it."""
    manifest, (analysis, posterior, familiarity) = model.manifest, encoding
    upload = analysis.upload
    return EncodeAnswer(
        model=manifest.name,
        version=manifest.version,
        z_mean=exact(posterior.z_mean),
        z_log_var=None if posterior.z_log_var is None else exact(posterior.z_log_var),
        labels={
            name: dict(zip(manifest.labels[name], exact(probabilities), strict=True))
            for name, probabilities in posterior.labels.items()
        },
        level_db=round(analysis.level_db, 3),
        duration_s=round(upload.duration_s, 6),
        offset_s=round(upload.offset_s, 6),
        truncated=upload.truncated,
        complete=upload.complete,
        channel=upload.channel,
        familiarity=familiarity
        and FamiliarityAnswer(
            score=round(familiarity.score, 3),
            threshold=round(familiarity.threshold, 3),
            familiar=familiarity.familiar,
        ),
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


def point_headers(point: ExactPoint) -> dict[str, str]:
    """Labels and z, as far as they fit; the file and the JSON have both whatever their length."""
    headers: dict[str, str] = {}
    offered = {"Tonespace-Z": point.z_text}
    if point.labels:
        offered["Tonespace-Labels"] = json.dumps(point.asked_labels)
    for name, value in offered.items():
        if len(value) + sum(map(len, headers.values())) <= MAX_POINT_HEADERS:
            headers[name] = value
    return headers


def map_response(model: Model, with_z: bool, zipped: bool, headers: Mapping[str, str]) -> Response:
    """The map of a model, gzipped where the client reads that."""
    if not zipped:
        return Response(_map_json(model, with_z), headers=dict(headers), media_type=JSON)
    sent = {**headers, "Content-Encoding": "gzip"}
    return Response(_zipped_map_json(model, with_z), headers=sent, media_type=JSON)


@lru_cache(maxsize=16)
def _map_json(model: Model, with_z: bool) -> bytes:
    return clip_map(model, with_z).model_dump_json().encode()


@lru_cache(maxsize=16)
def _zipped_map_json(model: Model, with_z: bool) -> bytes:
    return gzip.compress(_map_json(model, with_z), GZIP_LEVEL, mtime=0)


def _recipe_headers(order: Order) -> dict[str, str]:
    """What made the order; z and labels only where there is one point, a path has many."""
    first = order.sounds[0]
    headers = {"Tonespace-Model": order.model.reference, "Tonespace-Sample-Rate": str(rate_of(order))}
    if first.seed is not None:
        headers["Tonespace-Seed"] = str(first.seed)
    if first.upload:
        headers |= _upload_headers(first.upload)
    if first.point and not order.several:
        headers |= point_headers(first.point)
    return headers


def _upload_headers(upload: Upload) -> dict[str, str]:
    """Which part of the upload was used."""
    headers = {
        "Tonespace-Offset": f"{upload.offset_s:g}",
        "Tonespace-Truncated": str(upload.truncated).lower(),
        "Tonespace-Complete": str(upload.complete).lower(),
    }
    return headers if upload.channel is None else {**headers, "Tonespace-Channel": str(upload.channel)}
