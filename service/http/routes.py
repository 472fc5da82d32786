"""The paths of sounds: each handler parses a request, calls `service.sound` and wraps the result."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Response

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
from service.http.dependencies import Client, InHeaders, InRuntime, Upload, WithoutQuery
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
    problems,
)
from service.http.query import described, query_of
from service.http.ranges import part_of
from service.http.responses import form_of, json_response, sound_response
from service.http.sampling import settled
from service.http.strict_json import JsonRoute
from service.http.uploads import check_json
from service.pool.work_queue import Watch
from service.runtime import Runtime

router = APIRouter(tags=["sound"], route_class=JsonRoute)


@router.post(
    "/encode",
    summary="Encode a sound",
    response_model=EncodeAnswer,
    responses={**answered("The coordinates of the sound."), **problems(400, 404, 413, 415, 422)},
    openapi_extra=described(EncodeQuery) | AUDIO_BODY,
)
async def encode(
    query: Annotated[EncodeQuery, Depends(query_of(EncodeQuery))],
    upload: Upload,
    runtime: InRuntime,
    watch: Client,
) -> Response:
    """Returns the coordinates of a sound in the model's space, and the labels that are recognised in it."""
    model = runtime.catalogue.get(query.model)
    task = EncodeTask(model.reference, upload, query.start_s)
    return json_response(await runtime.queue.run(task, watch))


@router.post(
    "/reconstruct",
    summary="Encode and decode a sound",
    response_class=Response,
    responses={**SOUND_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    openapi_extra=described(ReconstructQuery) | AUDIO_BODY,
)
async def reconstruct(
    query: Annotated[ReconstructQuery, Depends(query_of(ReconstructQuery))],
    upload: Upload,
    runtime: InRuntime,
    watch: Client,
    headers: InHeaders,
) -> Response:
    """Returns a sound encoded and decoded again, of the same duration.

    With labels it is converted, for example to another speaker. A conversion can last longer than the upload.
    """
    query, media_type = negotiate(headers.get("accept"), query)
    model = runtime.catalogue.get(query.model)
    task = ReconstructTask(model.reference, query, upload, form_of(media_type))
    return await _sounds(runtime, watch, task, media_type)


@router.post(
    "/generate",
    summary="Decode points to sounds",
    response_class=Response,
    responses={**SEVERAL_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    dependencies=[Depends(check_json)],
)
async def generate(
    _: WithoutQuery,
    body: GenerateBody,
    runtime: InRuntime,
    watch: Client,
    headers: InHeaders,
) -> Response:
    """Returns the sound at a point of the model's space, at several points, or at a weighted sum."""
    body, media_type = negotiate(headers.get("accept"), body, "several" if body.several else "one")
    model = runtime.catalogue.get(body.model)
    task = GenerateTask(model.reference, body, form_of(media_type))
    return await _sounds(runtime, watch, task, media_type)


@router.get(
    "/sample",
    summary="Sample new sounds",
    response_class=Response,
    responses={**CACHED_ANSWER, **CACHED, **PARTIAL, **problems(404, 406, 416, 422)},
    openapi_extra=described(SampleQuery, IF_NONE_MATCH, IF_RANGE, RANGE),
)
async def sample(
    query: Annotated[SampleQuery, Depends(query_of(SampleQuery))],
    runtime: InRuntime,
    watch: Client,
    headers: InHeaders,
) -> Response:
    """Returns one or several new sounds, sampled from the distribution of the model's training clips.

    The same seed gives the same bytes.
    """
    amount: Amount = "one" if query.n == 1 else "several"
    query, media_type = negotiate(headers.get("accept"), query, amount)
    model = runtime.catalogue.get(query.model)
    asked = settled(query, model).model_copy(update={"model": model.reference})
    task = SampleTask(model.reference, asked, form_of(media_type))
    if query.seed is None:
        return await _sounds(runtime, watch, task, media_type, {"Cache-Control": NEVER})
    tag = entity_tag(model, "/sample", asked.model_dump(mode="json"), media_type)
    sent, if_none_match = cache_headers(tag, query.model), headers.get("if-none-match")
    known = not_modified(if_none_match, sent)
    if known and if_none_match != ANY:  # only an answer had this tag, so the request is valid
        return known
    answer = await _sounds(runtime, watch, task, media_type, sent)
    return known or part_of(answer, headers.get("range"), headers.get("if-range"))


@router.post(
    "/morph",
    summary="Morph one sound into another",
    response_class=Response,
    responses={**PATH_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    dependencies=[Depends(check_json)],
)
async def morph(
    _: WithoutQuery,
    body: MorphBody,
    runtime: InRuntime,
    watch: Client,
    headers: InHeaders,
) -> Response:
    """Returns the path from one point or sound to another, as one continuous sound or as its steps."""
    body, media_type = negotiate(headers.get("accept"), body, "path")
    model = runtime.catalogue.get(body.model)
    task = MorphTask(model.reference, body, form_of(media_type))
    return await _sounds(runtime, watch, task, media_type)


async def _sounds(
    runtime: Runtime, watch: Watch, task: Task, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer with the sounds that the task asks for."""
    return sound_response(await runtime.queue.run(task, watch), media_type, headers or {})
