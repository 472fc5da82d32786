"""Failures as `application/problem+json` (RFC 9457), and the only table from exception to problem."""

import http
import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from audio import errors as audio_errors
from service import errors, metrics
from service.http import errors as http_errors

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tonespace:problem:"  # each is explained in docs/problems.md
REQUEST_ID_HEADER = "X-Request-ID"
RETRY_LATER = frozenset({http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE})
MAX_LISTED_ERRORS = 8  # of one invalid request
IN_JSON = {  # the type of an error of pydantic -> the message, where pydantic's own speaks of Python
    "dict_type": "Input should be a JSON object",
    "list_type": "Input should be a JSON array",
    "model_attributes_type": "Input should be a JSON object",
    "model_type": "Input should be a JSON object",
}


class Problem(NamedTuple):
    """What all failures of one kind have in common."""

    slug: str
    status: int
    title: str


PROBLEMS: Mapping[type[Exception], Problem] = {
    audio_errors.UnreadableAudioError: Problem("unreadable-audio", 422, "The audio cannot be read"),
    audio_errors.EmptyAudioError: Problem("empty-audio", 422, "The audio is empty"),
    audio_errors.SampleRateError: Problem("sample-rate", 422, "The sample rate is not accepted"),
    audio_errors.ChannelCountError: Problem("channel-count", 422, "The audio has too many channels"),
    audio_errors.ClipTooLongError: Problem("clip-too-long", 422, "The audio lasts too long"),
    audio_errors.NonFiniteAudioError: Problem("non-finite-audio", 422, "The audio is not finite"),
    audio_errors.SilentAudioError: Problem("silent-audio", 422, "The audio is silent"),
    errors.SilentWindowError: Problem("silent-window", 422, "The model's window is silent"),
    errors.UnknownModelError: Problem("unknown-model", 404, "There is no such model"),
    errors.LatentShapeError: Problem("latent-shape", 422, "z has the wrong length"),
    errors.LatentRangeError: Problem("latent-range", 422, "The weighted sum is out of range"),
    errors.MorphTooLongError: Problem("morph-too-long", 422, "The morph has too many steps"),
    errors.UnlabelledModelError: Problem("unlabelled-model", 422, "The model has no labels"),
    errors.UnknownLabelError: Problem("unknown-label", 422, "There is no such label"),
    errors.UnknownLabelValueError: Problem("unknown-label-value", 422, "The label has no such value"),
    errors.LabelNumberError: Problem("label-number", 422, "The number is not on the scale of the label"),
    errors.LabelSyntaxError: Problem("label-syntax", 422, "A label is not written name:value"),
    errors.LabelWeightError: Problem("label-weight", 422, "The weights of a label are not valid"),
    errors.UnpitchedModelError: Problem("unpitched-model", 422, "The model plays no notes"),
    errors.MidiError: Problem("unreadable-midi", 422, "The MIDI file cannot be read"),
    errors.NoNotesError: Problem("no-notes", 422, "The melody has no notes"),
    errors.MelodyTooLongError: Problem("melody-too-long", 422, "The melody is too long"),
    http_errors.UnsupportedMediaTypeError: Problem(
        "unsupported-media-type", 415, "The type of the body is not supported"
    ),
    http_errors.NotAcceptableError: Problem(
        "not-acceptable", 406, "The Accept header allows no type of the answer"
    ),
    http_errors.RangeNotSatisfiableError: Problem(
        "range-not-satisfiable", 416, "The answer has no such bytes"
    ),
    http_errors.InvalidKeyError: Problem("invalid-key", 401, "The request has no valid API key"),
    http_errors.MultipartError: Problem("multipart", 422, "The multipart body is not as expected"),
    http_errors.MalformedBodyError: Problem("malformed-body", 400, "The body cannot be parsed"),
    http_errors.UnsupportedContentCodingError: Problem(
        "unsupported-content-coding", 415, "The compression of the body is not supported"
    ),
    http_errors.MalformedContentCodingError: Problem(
        "malformed-content-coding", 400, "The body cannot be decompressed"
    ),
    http_errors.BodyTooLargeError: Problem("body-too-large", 413, "The body is too large"),
    errors.InferenceRequestError: Problem("inference-request", 422, "The inference request is not valid"),
    errors.QueueFullError: Problem("queue-full", 503, "The service is busy"),
    errors.DeadlineError: Problem("deadline", 504, "The request took too long"),
    errors.WorkerLostError: Problem("worker-lost", 500, "The request ended the processes that computed it"),
    errors.ReloadError: Problem("reload", 409, "The models cannot be opened anew"),
    errors.NotReadyError: Problem("not-ready", 503, "The service is not ready"),
}
INVALID_REQUEST = Problem("invalid-request", 422, "The request is not valid")
MALFORMED_REQUEST = Problem("malformed-request", 400, "The request is not HTTP")
REQUEST_TIMEOUT = Problem("request-timeout", 408, "The request did not arrive in time")
INTERNAL_ERROR = Problem("internal-error", 500, "The service failed")
ROUTER_PROBLEMS: Mapping[int, Problem] = {
    404: Problem("not-found", 404, "There is nothing at this path"),
    405: Problem("method-not-allowed", 405, "The path does not take this method"),
}
ALL_PROBLEMS: tuple[Problem, ...] = tuple(
    dict.fromkeys(
        [
            *PROBLEMS.values(),
            INVALID_REQUEST,
            MALFORMED_REQUEST,
            REQUEST_TIMEOUT,
            *ROUTER_PROBLEMS.values(),
            INTERNAL_ERROR,
        ]
    )
)

for _problem in ALL_PROBLEMS:
    metrics.PROBLEMS.labels(_problem.slug)  # reported from the start, at 0: the first one is a change


def problem_of(error: Exception) -> Problem:
    """The row of the table for an exception, or for the nearest of its bases."""
    return next((PROBLEMS[base] for base in type(error).__mro__ if base in PROBLEMS), INTERNAL_ERROR)


def problem_response(
    problem: Problem, detail: str, request_id: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The answer to one failure. Non-ASCII text is escaped, so that no input can break it."""
    metrics.PROBLEMS.labels(problem.slug).inc()
    body = {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": request_id,
        **more,
    }
    return Response(json.dumps(body), problem.status, headers, MEDIA_TYPE)


def error_response(error: Exception, request_id: str, status: int | None = None) -> Response:
    """The problem of one of our errors, with the headers that some errors of HTTP bring.

    Args:
        error: ours.
        request_id: of the request.
        status: if it is not the one of the table.
    """
    problem, headers = problem_of(error), dict(getattr(error, "headers", {}))
    if status:
        problem = problem._replace(status=status)
    if problem.status in RETRY_LATER:
        headers["Retry-After"] = str(max(1, math.ceil(getattr(error, "wait_s", 0))))
    return problem_response(problem, str(error), request_id, headers)


def add_problem_handlers(app: FastAPI, busy_status: int) -> None:
    """Registers handlers that turn our errors, invalid requests and the router's errors into problems."""
    app.add_exception_handler(errors.QueueFullError, partial(_busy, busy_status))
    app.add_exception_handler(audio_errors.AudioError, _our_error)
    app.add_exception_handler(errors.ServiceError, _our_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _router_error)


async def _busy(status: int, request: Request, error: Exception) -> Response:
    return error_response(error, request.state.request_id, status)


async def _our_error(request: Request, error: Exception) -> Response:
    return error_response(error, request.state.request_id)


async def _invalid_request(request: Request, error: Exception) -> Response:
    """The places and causes, without the input, which may be long, secret, or NaN, which is not JSON."""
    assert isinstance(error, RequestValidationError)
    listed = [
        {"where": ".".join(_where(e["loc"])), "message": _message(e)}
        for e in error.errors()[:MAX_LISTED_ERRORS]
    ]
    detail = "; ".join(f"{e['where']}: {e['message']}" for e in listed)
    return problem_response(INVALID_REQUEST, detail, request.state.request_id, errors=listed)


def _where(location: Sequence[int | str]) -> list[str]:
    """The path to a value, without the tags of unions, which the client does not write."""
    return [str(step)[:64] for step in location if not str(step).startswith("=")]


def _message(error: Mapping[str, Any]) -> str:
    return IN_JSON.get(error.get("type", "")) or str(error["msg"]).removeprefix("Value error, ")


async def _router_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = http.HTTPStatus(error.status_code).phrase
    fallback = Problem(phrase.lower().replace(" ", "-"), error.status_code, phrase)
    problem = ROUTER_PROBLEMS.get(error.status_code, fallback)
    where = f"{request.method} {request.scope['path'][:200]}"
    return problem_response(problem, f"{where}: {phrase}.", request.state.request_id, error.headers)
