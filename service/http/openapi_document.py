"""The parts of the OpenAPI document that cannot be read off the handlers."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.contract.answers import ProblemAnswer, SoundAnswer, SoundsAnswer
from service.http.negotiation import AUDIO_TYPES, JSON, PNG, ZIP
from service.http.problems import ALL_PROBLEMS, MEDIA_TYPE, TYPE_PREFIX, Problem

Responses = dict[int | str, dict[str, Any]]

STATUS_TEXTS = {
    400: "The body cannot be parsed or decompressed",
    404: "There is no such model",
    406: "The Accept header does not admit the answer",
    413: "The body is too large",
    415: "The body's type or compression is not read",
    422: "The request, the sound or the labels cannot be used",
    500: "The service failed",
    503: "The service is busy or not ready",
    504: "The request took too long",
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["audio"],
        "properties": {
            "audio": {"type": "string", "format": "binary", "description": "The file; any name will do"}
        },
    }
}
AUDIO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One audio file, as it is or as the only part of a form. Its bytes decide what it is, "
        "whatever the Content-Type says. `Content-Encoding: gzip` and `deflate` are read.",
        "content": {"audio/*": BINARY, "application/octet-stream": BINARY, "multipart/form-data": FORM},
    }
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS = {
    "Content-Disposition": _header("A telling name", 'inline; filename="digits-vae-seed-7.wav"'),
    "Vary": _header("What chooses between the forms of the answer", "Accept"),
    "Tonespace-Model": _header("What made it", "digits-vae@1"),
    "Tonespace-Z": _header("Of one point: its coordinates, comma separated, exact in float32", "0.4,-1.25"),
    "Tonespace-Sample-Rate": _header("Hz", "8000"),
    "Tonespace-Labels": _header(
        "Of one point and a labelled model: as /generate takes them", '{"digit": "7"}'
    ),
    "Tonespace-Seed": _header("Of /sample: the seed that draws it again; of several, the first", "7"),
    "Tonespace-Truncated": _header("Of /reconstruct: whether the upload is longer than the window", "false"),
    "X-Request-ID": _header("The request's or a new one", "6f1c0a52"),
}
CACHE_HEADERS = {
    "ETag": _header("Of what decides the answer: the same for the same bytes", '"9f2c"'),
    "Cache-Control": _header("For ever where `name@version` is asked, else to be asked again", "no-cache"),
}
CACHED: Responses = {304: {"description": "The answer at hand is current", "headers": CACHE_HEADERS}}
EXAMPLE = {
    "model": "thesis-vae@1",
    "seed": 7,
    "z": [0.4, -1.25],
    "labels": {},
    "level_db": -20.7,
    "sample_rate": 8000,
    "duration_s": 0.52,
    "format": "wav",
    "audio": "UklGRuQgAABXQVZF",
    "quality": None,
    "truncated": None,
}


def _sound_answer(description: str, json_content: dict[str, Any], more: tuple[str, ...] = ()) -> Responses:
    binary = dict.fromkeys((*AUDIO_TYPES.values(), PNG, *more), BINARY)
    content = {**binary, JSON: json_content}
    return {200: {"description": description, "content": content, "headers": HEADERS}}


ONE = {"$ref": "#/components/schemas/SoundAnswer"}
MANY = {"$ref": "#/components/schemas/SoundsAnswer"}
BY_ACCEPT = "The Accept header chooses: the file (default), its spectrogram as PNG, or data."
SOUND_ANSWER = _sound_answer(f"The sound. {BY_ACCEPT}", {"schema": ONE, "example": EXAMPLE})
SEVERAL_ANSWER = _sound_answer(
    f"The sound. {BY_ACCEPT} Several sounds are a ZIP of the files in order (default), or data.",
    {"schema": {"anyOf": [ONE, MANY]}, "example": EXAMPLE},
    (ZIP,),
)
CACHED_ANSWER: Responses = {200: SEVERAL_ANSWER[200] | {"headers": HEADERS | CACHE_HEADERS}}
PATH_ANSWER = _sound_answer(
    "The walk as one sound (default), its spectrogram as PNG, or its steps: a ZIP of files, or data.",
    {"schema": MANY, "example": {"sounds": [EXAMPLE]}},
    (ZIP,),
)
MAP_ANSWER: Responses = {
    200: {"description": "The map", "headers": {**CACHE_HEADERS, "Vary": HEADERS["Vary"]}}
}


def problems(*statuses: int) -> Responses:
    """The declared failures of a path; every path can also answer 500, 503 and 504."""
    return {
        status: {"description": STATUS_TEXTS[status], "content": {MEDIA_TYPE: _problem_content(status)}}
        for status in sorted({*statuses, 500, 503, 504})
    }


def _problem_content(status: int) -> dict[str, Any]:
    """The schema, and as an example every problem that has this status."""
    slugs = [problem.slug for problem in ALL_PROBLEMS if problem.status == status]
    examples = {slug: {"$ref": f"#/components/examples/{slug}"} for slug in slugs}
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}


def _problem_example(problem: Problem) -> dict[str, Any]:
    value = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": f"{problem.title}, and why.",
        "instance": "6f1c0a52",
    }
    return {"summary": problem.title, "value": value}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of the service, with problems in the place of FastAPI's own errors."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        schemas["Problem"] = ProblemAnswer.model_json_schema()
        schemas["Problem"]["properties"]["type"]["enum"] = [TYPE_PREFIX + p.slug for p in ALL_PROBLEMS]
        for told in (SoundAnswer, SoundsAnswer):  # only named by answers that take other forms too
            schema = told.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {}) | {told.__name__: schema}
        for replaced in ("HTTPValidationError", "ValidationError"):
            schemas.pop(replaced, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        document["components"]["examples"] = {p.slug: _problem_example(p) for p in ALL_PROBLEMS}
        app.openapi_schema = document
    return app.openapi_schema
