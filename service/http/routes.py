"""HTTP only: what comes in is parsed, one function is called, its result is wrapped."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from service.contract.answers import EncodeAnswer, MapAnswer, ModelAnswer, ModelsAnswer
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.queries import (
    EncodeQuery,
    MapQuery,
    NoQuery,
    ReconstructQuery,
    SampleQuery,
)
from service.http.caching import NEVER, cache_headers, entity_tag, not_modified
from service.http.negotiation import JSON, Amount, accepts_gzip, choose, offers
from service.http.openapi_document import (
    AUDIO_BODY,
    CACHED,
    CACHED_ANSWER,
    MAP_ANSWER,
    PATH_ANSWER,
    SEVERAL_ANSWER,
    SOUND_ANSWER,
    problems,
)
from service.http.responses import encode_answer, form_of, map_response, model_answer, sound_response
from service.http.single_query import check_query
from service.http.strict_json import JsonRoute
from service.http.uploads import check_json, read_upload, until_client_leaves
from service.runtime import Runtime
from service.sound import recipes, synthesis
from service.sound.recipes import Order, Sampling
from service.sound.rendering import render
from service.work_queue import Steps, Watch, in_one_step


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


InRuntime = Annotated[Runtime, Depends(_runtime)]
Upload = Annotated[bytes, Depends(read_upload)]
Client = Annotated[Watch, Depends(until_client_leaves)]
Accept = Annotated[str | None, Header(include_in_schema=False)]
IfNoneMatch = Annotated[
    str | None, Header(description="the ETag of the answer at hand: 304 if it is current")
]

router = APIRouter(route_class=JsonRoute, dependencies=[Depends(check_query)])


@router.post("/encode", tags=["sound"], responses=problems(400, 404, 413, 415, 422), openapi_extra=AUDIO_BODY)
async def encode(
    query: Annotated[EncodeQuery, Query()], upload: Upload, runtime: InRuntime, watch: Client
) -> EncodeAnswer:
    """The coordinates of a sound in the model's space."""
    model = runtime.store.get(query.model)
    work = in_one_step(lambda: synthesis.analyse(model, upload, runtime.settings.audio))
    analysis, posterior = await runtime.queue.run(work, watch)
    return encode_answer(model, analysis, posterior)


@router.post(
    "/reconstruct",
    tags=["sound"],
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
    """A sound encoded and decoded again, as long as it came; with a label, as long as it is heard."""
    media_type = choose(accept, offers(query.format))
    model = runtime.store.get(query.model)
    limits, measured = runtime.settings.audio, media_type == JSON
    work = in_one_step(lambda: recipes.reconstruct(model, query, upload, limits, measured))
    return await _sounds(runtime, watch, work, media_type)


@router.post(
    "/generate",
    tags=["sound"],
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
    """The sound at one point of the model's space, at several, or at a weighted sum of points and sounds."""
    media_type = choose(accept, offers(body.format, "several" if body.several else "one"))
    model = runtime.store.get(body.model)
    work = recipes.generate(model, body, runtime.settings.audio)
    return await _sounds(runtime, watch, work, media_type)


@router.get(
    "/sample",
    tags=["sound"],
    response_class=Response,
    responses={**CACHED_ANSWER, **CACHED, **problems(404, 406, 422)},
)
async def sample(
    query: Annotated[SampleQuery, Query()],
    runtime: InRuntime,
    watch: Client,
    accept: Accept = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A new sound like those the model learned from, or several; the same seed gives the same bytes."""
    amount: Amount = "one" if query.n == 1 else "several"
    media_type = choose(accept, offers(query.format, amount))
    model = runtime.store.get(query.model)
    sampling = Sampling.of(model, query)  # labels are refused before a 304
    headers = {"Cache-Control": NEVER}
    if query.seed is not None:
        tag = entity_tag(model, "/sample", sampling.query.model_dump(mode="json"), media_type)
        headers = cache_headers(tag, query.model)
        if known := not_modified(if_none_match, headers):
            return known
    return await _sounds(runtime, watch, recipes.sample(sampling), media_type, headers)


@router.post(
    "/morph",
    tags=["sound"],
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
    """A walk from one point or sound to another: one continuous sound, or its steps."""
    media_type = choose(accept, offers(body.format, "path"))
    model = runtime.store.get(body.model)
    as_steps = media_type in offers(body.format, "several")
    work = recipes.morph(model, body, runtime.settings.audio, as_steps)
    return await _sounds(runtime, watch, work, media_type)


@router.get("/models", tags=["models"], responses=problems(422))
async def list_models(_: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelsAnswer:
    """Every model and version."""
    store = runtime.store
    return ModelsAnswer(models=[model_answer(model, store) for model in store])


@router.get("/models/{name}", tags=["models"], responses=problems(404, 422))
async def get_model(name: str, _: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelAnswer:
    """The newest version of a model, or the one of `name@version`."""
    return model_answer(runtime.store.get(name), runtime.store)


@router.get(
    "/models/{name}/map",
    tags=["models"],
    response_model=MapAnswer,
    responses={**MAP_ANSWER, **CACHED, **problems(404, 422)},
)
async def get_map(
    name: str,
    query: Annotated[MapQuery, Query()],
    runtime: InRuntime,
    watch: Client,
    if_none_match: IfNoneMatch = None,
    accept_encoding: Accept = None,
) -> Response:
    """The training clips in two dimensions, with the way back from a point there to a z."""
    model = runtime.store.get(name)
    zipped = accepts_gzip(accept_encoding)
    headers = cache_headers(entity_tag(model, "/map", query.z, zipped), name, vary="Accept-Encoding")
    if known := not_modified(if_none_match, headers):
        return known
    return await runtime.queue.run(in_one_step(lambda: map_response(model, query.z, zipped, headers)), watch)


async def _sounds(
    runtime: Runtime,
    watch: Watch,
    work: Steps[Order],
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer of the sounds that the work gives."""
    rendered = await runtime.queue.run(render(work, form_of(media_type)), watch)
    return sound_response(rendered, media_type, headers or {})
