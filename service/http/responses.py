"""What workers computed as HTTP answers: headers around sounds and JSON."""

import json
from collections.abc import Mapping

from fastapi import Response

from service.contract.tasks import Facts, Form, Rendered, Upload
from service.http.negotiation import JSON, PNG, ZIP

FORMS: Mapping[str, Form] = {JSON: "json", ZIP: "archive", PNG: "spectrogram"}  # of other types: the file
MAX_POINT_HEADERS = (
    3072  # bytes; nginx reads all headers of an answer into 4096, and the others need up to 950
)


def form_of(media_type: str) -> Form:
    """The form of a sound in which a media type is answered."""
    return FORMS.get(media_type, "file")


def json_response(rendered: Rendered, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as a worker wrote it."""
    return Response(rendered.content, headers=headers, media_type=JSON)


def sound_response(rendered: Rendered, media_type: str, headers: Mapping[str, str]) -> Response:
    """Sounds, with the headers that make them again.

    Args:
        rendered: the sounds in the form of the media type.
        media_type: of the answer.
        headers: to be sent along.
    """
    assert rendered.facts is not None
    sent = {"Vary": "Accept", **headers, **file_headers(rendered.facts)}
    return Response(rendered.content, headers=sent, media_type=media_type)


def file_headers(facts: Facts) -> dict[str, str]:
    """The name of a file, and what made its sounds."""
    headers = _recipe_headers(facts)
    if facts.file_name:
        headers["Content-Disposition"] = f'inline; filename="{facts.file_name}"'
    return headers


def point_headers(facts: Facts) -> dict[str, str]:
    """Labels and z, as far as they fit; the file and the JSON have both whatever their length."""
    headers: dict[str, str] = {}
    offered = {}
    if facts.z_text is not None:
        offered["Tonespace-Z"] = facts.z_text
    if facts.labels:
        offered["Tonespace-Labels"] = json.dumps(facts.labels)
    if facts.nearest:
        headers["Tonespace-Nearest"] = json.dumps(facts.nearest)
    for name, value in offered.items():
        if len(value) + sum(map(len, headers.values())) <= MAX_POINT_HEADERS:
            headers[name] = value
    return headers


def _recipe_headers(facts: Facts) -> dict[str, str]:
    """What made the sounds."""
    headers = {"Tonespace-Model": facts.model, "Tonespace-Sample-Rate": str(facts.sample_rate)}
    if facts.seed is not None:
        headers["Tonespace-Seed"] = str(facts.seed)
    if facts.upload:
        headers |= _upload_headers(facts.upload)
    return headers | point_headers(facts)


def _upload_headers(upload: Upload) -> dict[str, str]:
    """Which part of the upload was used."""
    headers = {
        "Tonespace-Offset": f"{upload.offset_s:g}",
        "Tonespace-Truncated": str(upload.truncated).lower(),
        "Tonespace-Complete": str(upload.complete).lower(),
    }
    return headers if upload.channel is None else {**headers, "Tonespace-Channel": str(upload.channel)}
