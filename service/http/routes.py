"""The paths of sounds: each handler parses a request, calls `service.sound` and wraps the result."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from service.contract.answers import EncodeAnswer
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.queries import EncodeQuery, ReconstructQuery, SampleQuery
from service.contract.tasks import (
    EncodeTask,
    GenerateTask,
    MorphTask,
    ReconstructTask,
    SampleTask,
    Task,
)
from service.http.caching import ANY, NEVER, cache_headers, entity_tag, not_modified
from service.http.direct_route import DirectRoute
from service.http.negotiation import Amount, negotiate
from service.http.openapi_document import (
    AUDIO_BODY,
    CACHED,
    CACHED_ANSWER,
    IF_NONE_MATCH,
    IF_RANGE,
    PARTIAL,
    PATH_ANSWER,
    RANGE,
    SEVERAL_ANSWER,
    SOUND_ANSWER,
    answered,
    operation_id,
    problems,
)
from service.http.query import described, read_query
from service.http.ranges import part_of
from service.http.responses import form_of, json_response, sound_response
from service.http.sampling import settled
from service.http.uploads import read_upload
from service.http.work import open_model, result_of

router = APIRouter(tags=["sound"], route_class=DirectRoute, generate_unique_id_function=operation_id)


@router.post(
    "/encode",
    summary="Encode a sound",
    response_model=EncodeAnswer,
    responses={**answered("The coordinates of the sound."), **problems(400, 404, 413, 415, 422)},
    openapi_extra=described(EncodeQuery) | AUDIO_BODY,
)
async def encode(request: Request) -> Response:
    """Returns the coordinates of a sound in the model's space, and the labels that are recognised in it."""
    query = read_query(request, EncodeQuery)
    upload = await read_upload(request)
    model = open_model(request, query.model)
    return json_response(await result_of(EncodeTask(model.reference, upload, query.start_s), request))


@router.post(
    "/reconstruct",
    summary="Encode and decode a sound",
    response_class=Response,
    responses={**SOUND_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    openapi_extra=described(ReconstructQuery) | AUDIO_BODY,
)
async def reconstruct(request: Request) -> Response:
    """Returns a sound encoded and decoded again, of the same duration.

    With labels it is converted, for example to another speaker. A conversion can last longer than the upload.
    """
    query = read_query(request, ReconstructQuery)
    upload = await read_upload(request)
    query, media_type = negotiate(request.headers.get("accept"), query)
    model = open_model(request, query.model)
    task = ReconstructTask(model.reference, query, upload, form_of(media_type))
    return await _sounds(request, task, media_type)


@router.post(
    "/generate",
    summary="Decode points to sounds",
    response_class=Response,
    responses={**SEVERAL_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
)
async def generate(request: Request, body: GenerateBody) -> Response:
    """Returns the sound at a point of the model's space, at several points, or at a weighted sum."""
    body, media_type = negotiate(request.headers.get("accept"), body, "several" if body.several else "one")
    model = open_model(request, body.model)
    task = GenerateTask(model.reference, body, form_of(media_type))
    return await _sounds(request, task, media_type)


@router.get(
    "/sample",
    summary="Sample new sounds",
    response_class=Response,
    responses={**CACHED_ANSWER, **CACHED, **PARTIAL, **problems(404, 406, 416, 422)},
    openapi_extra=described(SampleQuery, IF_NONE_MATCH, IF_RANGE, RANGE),
)
async def sample(request: Request) -> Response:
    """Returns one or several new sounds, sampled from the distribution of the model's training clips.

    The same seed gives the same bytes.
    """
    query, headers = read_query(request, SampleQuery), request.headers
    amount: Amount = "one" if query.n == 1 else "several"
    query, media_type = negotiate(headers.get("accept"), query, amount)
    model = open_model(request, query.model)
    asked = settled(query, model)
    task = SampleTask(model.reference, asked, form_of(media_type))
    if query.seed is None:
        return await _sounds(request, task, media_type, {"Cache-Control": NEVER})
    tag = entity_tag(model, "/sample", asked.model_dump_json(), media_type)
    sent, if_none_match = cache_headers(tag, query.model), headers.get("if-none-match")
    known = not_modified(if_none_match, sent)
    if known and if_none_match != ANY:  # only an answer had this tag, so the request is valid
        return known
    answer = await _sounds(request, task, media_type, sent)
    return known or part_of(answer, headers.get("range"), headers.get("if-range"))


@router.post(
    "/morph",
    summary="Morph one sound into another",
    response_class=Response,
    responses={**PATH_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
)
async def morph(request: Request, body: MorphBody) -> Response:
    """Returns the path from one point or sound to another, as one continuous sound or as its steps."""
    body, media_type = negotiate(request.headers.get("accept"), body, "path")
    model = open_model(request, body.model)
    task = MorphTask(model.reference, body, form_of(media_type))
    return await _sounds(request, task, media_type)


async def _sounds(
    request: Request, task: Task, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer with the sounds that the task asks for."""
    return sound_response(await result_of(task, request), media_type, headers or {})
