"""The parts of the OpenAPI document that FastAPI cannot derive from the handlers."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from service.contract.answers import ProblemAnswer, SoundAnswer, SoundsAnswer
from service.contract.inference import InferAnswer, InferBody, InferenceErrorAnswer
from service.http.negotiation import AUDIO_TYPES, JSON, PNG, ZIP
from service.http.problems import ALL_PROBLEMS, MEDIA_TYPE, TYPE_PREFIX, Problem

Responses = dict[int | str, dict[str, Any]]

STATUS_TEXTS = {
    400: "The body cannot be parsed or decompressed.",
    401: "The service has API keys, and the request was sent without one.",
    404: "There is no such model.",
    406: "The Accept header allows none of the types of the answer.",
    408: "The request did not arrive in time.",
    409: "The models cannot be opened anew, and the old models stay in use.",
    413: "The body is too large.",
    415: "The type or the compression of the body is not supported.",
    416: "The range begins after the end of the answer.",
    422: "The request, the sound or the labels cannot be used.",
    429: "The service is busy, and is set to answer so instead of with 503.",
    500: "The service failed.",
    503: "The service is busy or not ready.",
    504: "The request took too long.",
}
NAMED = (SoundAnswer, SoundsAnswer, InferBody, InferAnswer, InferenceErrorAnswer)  # by $ref below
ALWAYS = (401, 408, 429, 500, 503, 504)
SECURITY_SCHEMES = {
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, where the service has some.",
    },
    "Key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key in a header of its own.",
    },
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["audio"],
        "properties": {
            "audio": {
                "type": "string",
                "format": "binary",
                "description": "The file. The field can have any name.",
            }
        },
    }
}
AUDIO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One audio file, as the whole body or as the only part of a form. The format is read "
        "from its bytes, not from the Content-Type. `Content-Encoding` can be `gzip` or `deflate`.",
        "content": {"audio/*": BINARY, "application/octet-stream": BINARY, "multipart/form-data": FORM},
    }
}


def described_header(description: str, example: str) -> dict[str, Any]:
    """A header of an answer."""
    return {"description": description, "schema": {"type": "string"}, "example": example}


def _asked_header(name: str, description: str) -> dict[str, Any]:
    schema = {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "description": description,
        "title": name.title(),
    }
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


IF_NONE_MATCH = _asked_header(
    "if-none-match", "The ETag of an answer that the client has. If it is current, the answer is a 304."
)
IF_RANGE = _asked_header("if-range", "The ETag that the answer must have. Else the whole answer is sent.")
RANGE = _asked_header("range", "One range of bytes of an answer with a seed, such as `bytes=0-1`.")
HEADERS = {
    "Content-Disposition": described_header(
        "The name of the file.", 'inline; filename="digits-vae-seed-7.wav"'
    ),
    "Vary": described_header("The request headers that choose the form of the answer.", "Accept"),
    "Tonespace-Model": described_header(
        "The model that computed the answer, as `name@version`.", "digits-vae@1"
    ),
    "Tonespace-Z": described_header(
        "The coordinates of the sound, comma separated, in float32. It is left out for several sounds, and "
        "if it is too long for a header, as with more than 256 coordinates. The file and JSON have them.",
        "0.4,-1.25",
    ),
    "Tonespace-Sample-Rate": described_header("The sample rate of the audio file in Hz.", "8000"),
    "Tonespace-Labels": described_header(
        "The labels of the sound in JSON, as in /generate. It is left out like Tonespace-Z.", '{"digit": "7"}'
    ),
    "Tonespace-Nearest": described_header(
        "The labels of the nearest training clips in JSON, if none has the requested labels: the sample was "
        "converted from these clips.",
        '{"digit": "9", "speaker": "theo"}',
    ),
    "Tonespace-Seed": described_header("The seed that gives the sample again, or the first of several.", "7"),
    "Tonespace-Offset": described_header(
        "Where the window begins in the upload of /reconstruct, in seconds.", "0.42"
    ),
    "Tonespace-Truncated": described_header(
        "Whether the upload of /reconstruct goes on after the window.", "false"
    ),
    "Tonespace-Complete": described_header(
        "Whether the upload of /reconstruct holds all that its header promises, undamaged.", "true"
    ),
    "Tonespace-Channel": described_header(
        "The channel of the upload that was used, if the mean of all channels would cancel the sound.", "1"
    ),
    "X-Request-ID": described_header("The id of the request: the client's, or a new one.", "6f1c0a52"),
}
CACHE_HEADERS = {
    "ETag": described_header("The tag of the answer. The same tag stands for the same bytes.", '"9f2c"'),
    "Cache-Control": described_header(
        "How long the answer may be cached. There is no limit if the request names a version.", "no-cache"
    ),
}
RANGES = {"Accept-Ranges": described_header("Whether the answer is also sent in parts.", "bytes")}
CACHED: Responses = {304: {"description": "The client has the current answer.", "headers": CACHE_HEADERS}}
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
    "offset_s": None,
    "truncated": None,
    "complete": None,
    "channel": None,
}


def _sound_answer(description: str, json_content: dict[str, Any], more: tuple[str, ...] = ()) -> Responses:
    binary = dict.fromkeys((*AUDIO_TYPES.values(), PNG, *more), BINARY)
    content = {**binary, JSON: json_content}
    return {200: {"description": description, "content": content, "headers": HEADERS}}


ONE = {"$ref": "#/components/schemas/SoundAnswer"}
MANY = {"$ref": "#/components/schemas/SoundsAnswer"}
BY_ACCEPT = "The Accept header chooses the audio file (default), its spectrogram as PNG, or JSON."
SOUND_ANSWER = _sound_answer(f"The sound. {BY_ACCEPT}", {"schema": ONE, "example": EXAMPLE})
SEVERAL_ANSWER = _sound_answer(
    f"The sound. {BY_ACCEPT} Several sounds are a ZIP of the files in order (default) or JSON.",
    {"schema": {"anyOf": [ONE, MANY]}, "example": EXAMPLE},
    (ZIP,),
)
CACHED_ANSWER: Responses = {200: SEVERAL_ANSWER[200] | {"headers": HEADERS | CACHE_HEADERS | RANGES}}
PARTIAL: Responses = {
    206: {
        "description": "The bytes of the Range header.",
        "content": SEVERAL_ANSWER[200]["content"],
        "headers": {
            **HEADERS,
            **CACHE_HEADERS,
            "Content-Range": described_header(
                "The range of bytes and the length of the whole.", "bytes 0-1/12200"
            ),
        },
    }
}
PATH_ANSWER = _sound_answer(
    "The path as one sound (default) or its spectrogram as PNG, or the steps as a ZIP of files or JSON.",
    {"schema": MANY, "example": {"sounds": [EXAMPLE]}},
    (ZIP,),
)
MAP_ANSWER: Responses = {
    200: {"description": "The map of the clips.", "headers": {**CACHE_HEADERS, "Vary": HEADERS["Vary"]}}
}


INFER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The inputs in JSON. Tensors can follow it as bytes: the header "
        "`Inference-Header-Content-Length` then says how long the JSON is.",
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/InferBody"}},
            "application/octet-stream": BINARY,
        },
    }
}
INFER_ANSWER: Responses = {
    200: {
        "description": "The outputs in JSON. Those that were asked for as bytes follow it.",
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/InferAnswer"}},
            "application/octet-stream": BINARY,
        },
        "headers": {
            "Inference-Header-Content-Length": described_header(
                "The bytes of JSON in the answer, where tensors follow them.", "162"
            )
        },
    }
}


def answered(description: str) -> Responses:
    """The description of the answer in JSON that FastAPI derives from the handler."""
    return {200: {"description": description}}


def problems(*statuses: int) -> Responses:
    """The declared failures of a path; every path can also answer those of ALWAYS."""
    return {
        status: {"description": STATUS_TEXTS[status], "content": {MEDIA_TYPE: _problem_content(status)}}
        for status in sorted({*statuses, *ALWAYS})
    }


def inference_errors(*statuses: int) -> Responses:
    """The declared failures of a path of the Open Inference Protocol."""
    content = {JSON: {"schema": {"$ref": "#/components/schemas/InferenceErrorAnswer"}}}
    return {
        status: {"description": STATUS_TEXTS[status], "content": content}
        for status in sorted({*statuses, *ALWAYS})
    }


def _problem_content(status: int) -> dict[str, Any]:
    """The schema, and every problem of this status as an example."""
    slugs = [problem.slug for problem in ALL_PROBLEMS if problem.status == status]
    examples = {slug: {"$ref": f"#/components/examples/{slug}"} for slug in slugs}
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}


def _problem_example(problem: Problem) -> dict[str, Any]:
    value = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": f"{problem.title}, for this reason.",
        "instance": "6f1c0a52",
    }
    return {"summary": problem.title, "value": value}


def operation_id(route: APIRoute) -> str:
    """The name of a path's handler."""
    return route.name


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the service, with problems in the place of FastAPI's own errors."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        schemas["Problem"] = ProblemAnswer.model_json_schema()
        schemas["Problem"]["properties"]["type"]["enum"] = [TYPE_PREFIX + p.slug for p in ALL_PROBLEMS]
        for named in NAMED:
            schema = named.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {}) | {named.__name__: schema}
        for replaced in ("HTTPValidationError", "ValidationError"):
            schemas.pop(replaced, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        document["components"]["examples"] = {p.slug: _problem_example(p) for p in ALL_PROBLEMS}
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        document["security"] = [{}, *({name: []} for name in SECURITY_SCHEMES)]  # {}: without keys, none
        app.openapi_schema = document
    return app.openapi_schema
