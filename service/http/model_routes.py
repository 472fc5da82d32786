"""The paths of models: what they are, and the maps of their training clips."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as PathParameter

from audio.manifest import MIDI_NOTE
from service.contract.model_answers import MapAnswer, ModelAnswer, ModelsAnswer
from service.contract.queries import MapQuery
from service.contract.tasks import MapTask
from service.http.caching import cache_headers, entity_tag, not_modified
from service.http.negotiation import accepts_gzip
from service.http.openapi_document import CACHED, IF_NONE_MATCH, MAP_ANSWER, answered, operation_id, problems
from service.http.query import check_no_query, described, read_query
from service.http.responses import json_response
from service.http.work import open_model, result_of, runtime_of

ModelName = Annotated[
    str, PathParameter(description="The model as `name`, which is its newest version, or as `name@version`.")
]

router = APIRouter(tags=["models"], generate_unique_id_function=operation_id)


@router.get(
    "/models", summary="List the models", responses={**answered("The list of the models."), **problems(422)}
)
async def list_models(request: Request) -> ModelsAnswer:
    """Returns every version of every model, and the folders that do not open as one."""
    check_no_query(request)
    runtime = runtime_of(request)
    models = [model.answer for model in runtime.catalogue]
    first = _shown_first(models, chosen="default_model" in runtime.settings.model_fields_set)
    return ModelsAnswer(
        models=models,
        shown_first=f"{first.name}@{first.version}",
        unavailable=runtime.catalogue.unavailable,
    )


def _shown_first(models: Sequence[ModelAnswer], chosen: bool) -> ModelAnswer:
    """The default model where it was chosen or has a pitch, else one that has a pitch, if there is one."""
    default = next(model for model in models if model.default)
    played = [m for m in models if any(m.numbers.get(label) == MIDI_NOTE for label in m.labels)]
    return default if chosen or default in played or not played else played[0]


@router.get(
    "/models/{name}",
    summary="Describe a model",
    responses={**answered("The description of the model."), **problems(404, 422)},
)
async def get_model(request: Request, name: ModelName) -> ModelAnswer:
    """Returns the labels, the latent distribution, the metrics and the origin of one model."""
    check_no_query(request)
    return open_model(request, name).answer


@router.get(
    "/models/{name}/map",
    summary="Map the training clips of a model",
    response_model=MapAnswer,
    responses={**MAP_ANSWER, **CACHED, **problems(404, 422)},
    openapi_extra=described(MapQuery, IF_NONE_MATCH),
)
async def get_map(request: Request, name: ModelName) -> Response:
    """Returns the training clips in two dimensions, and how a position there becomes a z."""
    query, headers = read_query(request, MapQuery), request.headers
    model = open_model(request, name)
    zipped = accepts_gzip(headers.get("accept-encoding"))
    sent = cache_headers(entity_tag(model, "/map", query.z, zipped), name, vary="Accept-Encoding")
    if known := not_modified(headers.get("if-none-match"), sent):
        return known
    if zipped:
        sent["Content-Encoding"] = "gzip"
    return json_response(await result_of(MapTask(model.reference, query.z, zipped), request), sent)
