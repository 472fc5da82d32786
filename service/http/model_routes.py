"""The paths of models: what they are, and the maps of their training clips."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi import Path as PathParameter

from service.contract.model_answers import MapAnswer, ModelAnswer, ModelsAnswer
from service.contract.queries import MapQuery, NoQuery
from service.contract.tasks import MapTask
from service.http.caching import cache_headers, entity_tag, not_modified
from service.http.dependencies import Accept, Client, IfNoneMatch, InRuntime
from service.http.negotiation import accepts_gzip
from service.http.openapi_document import CACHED, MAP_ANSWER, answered, problems
from service.http.responses import json_response
from service.http.single_query import check_query

ModelName = Annotated[
    str, PathParameter(description="The model as `name`, which is its newest version, or as `name@version`.")
]

router = APIRouter(tags=["models"], dependencies=[Depends(check_query)])


@router.get(
    "/models", summary="List the models", responses={**answered("The list of the models."), **problems(422)}
)
async def list_models(_: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelsAnswer:
    """Returns every version of every model, and the folders that do not open as one."""
    catalogue = runtime.catalogue
    return ModelsAnswer(models=[model.answer for model in catalogue], unavailable=catalogue.unavailable)


@router.get(
    "/models/{name}",
    summary="Describe a model",
    responses={**answered("The description of the model."), **problems(404, 422)},
)
async def get_model(name: ModelName, _: Annotated[NoQuery, Query()], runtime: InRuntime) -> ModelAnswer:
    """Returns the labels, the latent distribution, the metrics and the origin of one model."""
    return runtime.catalogue.get(name).answer


@router.get(
    "/models/{name}/map",
    summary="Map the training clips of a model",
    response_model=MapAnswer,
    responses={**MAP_ANSWER, **CACHED, **problems(404, 422)},
)
async def get_map(
    name: ModelName,
    query: Annotated[MapQuery, Query()],
    runtime: InRuntime,
    watch: Client,
    if_none_match: IfNoneMatch = None,
    accept_encoding: Accept = None,
) -> Response:
    """Returns the training clips in two dimensions, and how a position there becomes a z."""
    model = runtime.catalogue.get(name)
    zipped = accepts_gzip(accept_encoding)
    headers = cache_headers(entity_tag(model, "/map", query.z, zipped), name, vary="Accept-Encoding")
    if known := not_modified(if_none_match, headers):
        return known
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return json_response(await runtime.queue.run(MapTask(model.reference, query.z, zipped), watch), headers)
