"""The parts of the OpenAPI document that cannot be read off the handlers."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.answers import AUDIO_TYPES
from service.problems import MEDIA_TYPE
from service.schemas import ProblemAnswer

Responses = dict[int | str, dict[str, Any]]

STATUS_TEXTS = {
    400: "The body cannot be parsed",
    404: "There is no such model",
    406: "The Accept header does not admit the answer",
    413: "The body is too large",
    415: "The body's type is not read",
    422: "The request, the sound or the labels cannot be used",
    500: "The service failed",
    503: "The service is busy or not ready",
    504: "The request waited too long",
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["audio"],
        "additionalProperties": False,
        "properties": {"audio": {"type": "string", "format": "binary"}},
    }
}
AUDIO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One WAV, FLAC, OGG (Vorbis, Opus) or MP3 file",
        "content": {"audio/*": BINARY, "application/octet-stream": BINARY, "multipart/form-data": FORM},
    }
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


AUDIO_ANSWER: Responses = {
    200: {
        "description": "The sound",
        "content": {media_type: BINARY for media_type, _ in AUDIO_TYPES.values()},
        "headers": {
            "Content-Disposition": _header("A telling name", 'inline; filename="digits-vae-seed-7.wav"'),
            "ETag": _header("Of the bytes: the same for the same sound", '"9f2c"'),
            "Tonespace-Model": _header("What made it", "digits-vae@1"),
            "Tonespace-Z": _header("Its coordinates, comma separated, exact in float32", "0.4,-1.25"),
            "Tonespace-Sample-Rate": _header("Hz", "8000"),
            "Tonespace-Labels": _header("Of a labelled model: as /generate takes them", '{"digit": "7"}'),
            "Tonespace-Seed": _header("Of /sample: the seed that draws it again", "7"),
            "X-Request-ID": _header("The request's or a new one", "6f1c0a52"),
        },
    }
}


def problems(*statuses: int) -> Responses:
    """The declared failures of a path; every path can also answer 500, 503 and 504."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": STATUS_TEXTS[status], "content": content}
        for status in sorted({*statuses, 500, 503, 504})
    }


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of the service, with problems in the place of FastAPI's own errors."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        schemas["Problem"] = ProblemAnswer.model_json_schema()
        for replaced in ("HTTPValidationError", "ValidationError"):
            schemas.pop(replaced, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema
