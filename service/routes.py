"""HTTP only: what comes in is parsed, one function is called, its result is wrapped."""

import secrets
from functools import partial
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from service import synthesis
from service.answers import check_acceptable, encode_answer, model_answer, sound_answer
from service.labels import parse_labels
from service.openapi_document import AUDIO_ANSWER, AUDIO_BODY, problems
from service.runtime import Runtime
from service.schemas import (
    MAX_SEED,
    EncodeAnswer,
    EncodeQuery,
    GenerateBody,
    HealthAnswer,
    ModelAnswer,
    ModelsAnswer,
    NoQuery,
    ReconstructQuery,
    SampleQuery,
)
from service.uploads import check_json, read_upload


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


InRuntime = Annotated[Runtime, Depends(_runtime)]
Upload = Annotated[bytes, Depends(read_upload)]
Accept = Annotated[str | None, Header(include_in_schema=False)]

router = APIRouter()


@router.post("/encode", tags=["sound"], responses=problems(404, 413, 415, 422), openapi_extra=AUDIO_BODY)
async def encode(query: Annotated[EncodeQuery, Query()], upload: Upload, runtime: InRuntime) -> EncodeAnswer:
    """The coordinates of a sound in the model's space."""
    model = runtime.store.get(query.model)
    heard, posterior = await runtime.queue.run(
        partial(synthesis.analyse, model, upload, runtime.settings.audio)
    )
    return encode_answer(model, heard, posterior)


@router.post(
    "/reconstruct",
    tags=["sound"],
    response_class=Response,
    responses={**AUDIO_ANSWER, **problems(404, 406, 413, 415, 422)},
    openapi_extra=AUDIO_BODY,
)
async def reconstruct(
    query: Annotated[ReconstructQuery, Query()], upload: Upload, runtime: InRuntime, accept: Accept = None
) -> Response:
    """A sound, encoded and decoded again, as loud as it came and as long as the window allows."""
    check_acceptable(accept, query.format)
    model = runtime.store.get(query.model)
    asked = parse_labels(query.label)
    limits = runtime.settings.audio
    sound = await runtime.queue.run(
        partial(synthesis.reconstruct, model, upload, limits, asked, query.phase, query.format)
    )
    return sound_answer(sound, model, query.format, "reconstruction")


@router.post(
    "/generate",
    tags=["sound"],
    response_class=Response,
    responses={**AUDIO_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    dependencies=[Depends(check_json)],
)
async def generate(
    _: Annotated[NoQuery, Query()], body: GenerateBody, runtime: InRuntime, accept: Accept = None
) -> Response:
    """The sound at one point of the model's space."""
    check_acceptable(accept, body.format)
    model = runtime.store.get(body.model)
    z = np.array(body.z, np.float32)
    sound = await runtime.queue.run(
        partial(synthesis.generate, model, z, body.labels, body.phase, body.format)
    )
    return sound_answer(sound, model, body.format, "generated")


@router.get(
    "/sample",
    tags=["sound"],
    response_class=Response,
    responses={**AUDIO_ANSWER, **problems(404, 406, 422)},
)
async def sample(
    query: Annotated[SampleQuery, Query()], runtime: InRuntime, accept: Accept = None
) -> Response:
    """A new sound like those the model learned from; the same seed gives the same bytes."""
    check_acceptable(accept, query.format)
    model = runtime.store.get(query.model)
    asked = parse_labels(query.label)
    seed = secrets.randbelow(MAX_SEED) if query.seed is None else query.seed
    rng = np.random.default_rng(seed)
    sound = await runtime.queue.run(
        partial(synthesis.sample, model, rng, query.temperature, asked, query.phase, query.format)
    )
    return sound_answer(sound, model, query.format, f"seed-{seed}", seed)


@router.get("/models", tags=["models"], responses=problems(422))
async def list_models(_: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelsAnswer:
    """Every model and version."""
    store = runtime.store
    return ModelsAnswer(models=[model_answer(model, store) for model in store])


@router.get("/models/{name}", tags=["models"], responses=problems(404, 422))
async def get_model(name: str, _: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelAnswer:
    """The newest version of a model, or the one of `name@version`."""
    return model_answer(runtime.store.get(name), runtime.store)


@router.get("/health/live", tags=["operations"])
async def live() -> HealthAnswer:
    """That the process answers."""
    return HealthAnswer(status="live")


@router.get("/health/ready", tags=["operations"], responses=problems(503))
async def ready(runtime: InRuntime) -> HealthAnswer:
    """That every model is verified and warm, and the service not going away."""
    runtime.check_ready()
    return HealthAnswer(status="ready")
