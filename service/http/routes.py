"""The paths of sounds: each handler parses a request, calls `service.sound` and wraps the result."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.contract.answers import EncodeAnswer
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.queries import EncodeQuery, NoQuery, ReconstructQuery, SampleQuery
from service.http.caching import NEVER, cache_headers, entity_tag, not_modified
from service.http.dependencies import Accept, ByteRange, Client, IfNoneMatch, IfRange, InRuntime, Upload
from service.http.negotiation import JSON, ZIP, Amount, negotiate
from service.http.openapi_document import (
    AUDIO_BODY,
    CACHED,
    CACHED_ANSWER,
    PARTIAL,
    PATH_ANSWER,
    SEVERAL_ANSWER,
    SOUND_ANSWER,
    answered,
    problems,
)
from service.http.ranges import part_of
from service.http.responses import encode_answer, form_of, sound_response
from service.http.single_query import check_query
from service.http.strict_json import JsonRoute
from service.http.uploads import check_json
from service.runtime import Runtime
from service.sound import recipes, synthesis
from service.sound.recipes import Order, Sampling
from service.sound.rendering import render
from service.work_queue import Steps, Watch, in_one_step

router = APIRouter(tags=["sound"], route_class=JsonRoute, dependencies=[Depends(check_query)])


@router.post(
    "/encode",
    summary="Encode a sound",
    responses={**answered("The coordinates of the sound."), **problems(400, 404, 413, 415, 422)},
    openapi_extra=AUDIO_BODY,
)
async def encode(
    query: Annotated[EncodeQuery, Query()], upload: Upload, runtime: InRuntime, watch: Client
) -> EncodeAnswer:
    """Returns the coordinates of a sound in the model's space, and the labels that are recognised in it."""
    model = runtime.store.get(query.model)
    limits = runtime.settings.audio
    work = in_one_step(lambda: synthesis.encode(model, upload, limits, query.start_s))
    return encode_answer(model, await runtime.queue.run(work, watch))


@router.post(
    "/reconstruct",
    summary="Encode and decode a sound",
    response_class=Response,
    responses={**SOUND_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    openapi_extra=AUDIO_BODY,
)
async def reconstruct(
    query: Annotated[ReconstructQuery, Query()],
    upload: Upload,
    runtime: InRuntime,
    watch: Client,
    accept: Accept = None,
) -> Response:
    """Returns a sound encoded and decoded again, of the same duration.

    With labels it is converted, for example to another speaker. A conversion can last longer than the upload.
    """
    query, media_type = negotiate(accept, query)
    model = runtime.store.get(query.model)
    limits, measured = runtime.settings.audio, media_type == JSON
    work = in_one_step(lambda: recipes.reconstruct(model, query, upload, limits, measured))
    return await _sounds(runtime, watch, work, media_type)


@router.post(
    "/generate",
    summary="Decode points to sounds",
    response_class=Response,
    responses={**SEVERAL_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    dependencies=[Depends(check_json)],
)
async def generate(
    _: Annotated[NoQuery, Query()],
    body: GenerateBody,
    runtime: InRuntime,
    watch: Client,
    accept: Accept = None,
) -> Response:
    """Returns the sound at a point of the model's space, at several points, or at a weighted sum."""
    body, media_type = negotiate(accept, body, "several" if body.several else "one")
    model = runtime.store.get(body.model)
    work = recipes.generate(model, body, runtime.settings.audio)
    return await _sounds(runtime, watch, work, media_type)


@router.get(
    "/sample",
    summary="Sample new sounds",
    response_class=Response,
    responses={**CACHED_ANSWER, **CACHED, **PARTIAL, **problems(404, 406, 416, 422)},
)
async def sample(
    query: Annotated[SampleQuery, Query()],
    runtime: InRuntime,
    watch: Client,
    accept: Accept = None,
    if_none_match: IfNoneMatch = None,
    if_range: IfRange = None,
    byte_range: ByteRange = None,
) -> Response:
    """Returns one or several new sounds, sampled from the distribution of the model's training clips.

    The same seed gives the same bytes.
    """
    amount: Amount = "one" if query.n == 1 else "several"
    query, media_type = negotiate(accept, query, amount)
    model = runtime.store.get(query.model)
    sampling = Sampling.of(model, query)  # labels are refused before a 304
    work = recipes.sample(sampling)
    if query.seed is None:
        return await _sounds(runtime, watch, work, media_type, {"Cache-Control": NEVER})
    tag = entity_tag(model, "/sample", sampling.query.model_dump(mode="json"), media_type)
    headers = cache_headers(tag, query.model)
    if known := not_modified(if_none_match, headers):
        return known
    return part_of(await _sounds(runtime, watch, work, media_type, headers), byte_range, if_range)


@router.post(
    "/morph",
    summary="Morph one sound into another",
    response_class=Response,
    responses={**PATH_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    dependencies=[Depends(check_json)],
)
async def morph(
    _: Annotated[NoQuery, Query()],
    body: MorphBody,
    runtime: InRuntime,
    watch: Client,
    accept: Accept = None,
) -> Response:
    """Returns the path from one point or sound to another, as one continuous sound or as its steps."""
    body, media_type = negotiate(accept, body, "path")
    model = runtime.store.get(body.model)
    as_steps = media_type in {ZIP, JSON}
    work = recipes.morph(model, body, runtime.settings.audio, as_steps)
    return await _sounds(runtime, watch, work, media_type)


async def _sounds(
    runtime: Runtime,
    watch: Watch,
    work: Steps[Order],
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer with the sounds that the work gives."""
    rendered = await runtime.queue.run(render(work, form_of(media_type)), watch)
    return sound_response(rendered, media_type, headers or {})
