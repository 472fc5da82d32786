"""The Open Inference Protocol, version 2, over HTTP: every encoder and decoder by itself.

A network is named `MODEL.encoder` or `MODEL.decoder`; its versions are those of the model. These paths accept
any parameter of a query, since gateways add some.

Source: KServe, "Open Inference Protocol"; Triton Inference Server, "Binary Tensor Data Extension".
"""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi import Path as PathParameter
from fastapi.routing import APIRoute

from service import VERSION
from service.contract.inference import (
    BINARY,
    NETWORKS,
    Network,
    NetworkAnswer,
    NetworkReadyAnswer,
    ServerAnswer,
    ServerLiveAnswer,
    ServerReadyAnswer,
)
from service.contract.tasks import InferTask, OpenModel
from service.errors import InferenceRequestError, UnknownModelError
from service.http.negotiation import JSON
from service.http.openapi_document import INFER_ANSWER, INFER_BODY, answered, inference_errors, operation_id
from service.http.work import result_of, runtime_of

JSON_LENGTH = "Inference-Header-Content-Length"
OCTETS = "application/octet-stream"

NetworkName = Annotated[
    str,
    PathParameter(
        description="The network, as `MODEL.encoder` or `MODEL.decoder`.", examples=["thesis-vae.decoder"]
    ),
]
Version = Annotated[
    str,
    PathParameter(
        alias="version", description="The version of the model, which is a number.", examples=["1"]
    ),
]
JsonLength = Annotated[
    str | None,
    Header(alias=JSON_LENGTH, description="The bytes of JSON in the body, where tensors follow them."),
]


class _Named(NamedTuple):
    """The network that a path names."""

    model: OpenModel
    network: Network


async def _named(request: Request, name: NetworkName) -> _Named:
    """Raise unless the path names an open network.

    Raises:
        UnknownModelError: it does not.
    """
    model_name, _, network = name.rpartition(".")
    version, catalogue = request.path_params.get("version"), runtime_of(request).catalogue
    for model in catalogue:  # the newest version comes first
        is_the_one = model.answer.name == model_name and version in (None, str(model.answer.version))
        if is_the_one and network in NETWORKS:
            return _Named(model, network)
    known = [f"{model.answer.name}.{network}" for model in catalogue for network in NETWORKS]
    raise UnknownModelError(f"{name}@{version}" if version else name, list(dict.fromkeys(known)))


def _with_version(_: Version) -> None:
    """Declares the version of a path, which `_named` reads."""


InNetwork = Annotated[_Named, Depends(_named)]
network_router = APIRouter()


@network_router.get(
    "",
    summary="Describe a network",
    responses={**answered("The description of the network."), **inference_errors(404, 422)},
)
async def get_network(named: InNetwork) -> NetworkAnswer:
    """Returns the names, types and shapes of the tensors of an encoder or a decoder."""
    return named.model.networks[named.network]


@network_router.get(
    "/ready",
    summary="Check that a network is ready",
    responses={**answered("The network is ready."), **inference_errors(404, 422)},
)
async def network_ready(named: InNetwork) -> NetworkReadyAnswer:
    """Answers 200 if the network is open."""
    return NetworkReadyAnswer(name=named.model.networks[named.network].name, ready=True)


@network_router.post(
    "/infer",
    summary="Run a network",
    response_class=Response,
    responses={**INFER_ANSWER, **inference_errors(400, 404, 413, 415, 422)},
    openapi_extra=INFER_BODY,
)
async def infer(named: InNetwork, request: Request, json_length: JsonLength = None) -> Response:
    """Returns the outputs of an encoder or a decoder for a batch of inputs, without refinement and phase."""
    body = await request.body()
    task = InferTask(named.model.reference, named.network, body, _n_json_bytes(json_length, len(body)))
    rendered = await result_of(task, request)
    if rendered.n_json_bytes is None:
        return Response(rendered.content, media_type=JSON)
    return Response(rendered.content, headers={JSON_LENGTH: str(rendered.n_json_bytes)}, media_type=OCTETS)


def _n_json_bytes(header: str | None, n_bytes: int) -> int | None:
    """The value of the header, if there is one.

    Raises:
        InferenceRequestError: it is no number, or larger than the body.
    """
    if header is None:
        return None
    if not (header.isascii() and header.isdigit() and len(header) < 16 and int(header) <= n_bytes):
        raise InferenceRequestError(f"{JSON_LENGTH} is no number up to {n_bytes}, the bytes of the body")
    return int(header)


def _versioned_id(route: APIRoute) -> str:
    return f"{route.name}_version"


router = APIRouter(prefix="/v2", tags=["inference"], generate_unique_id_function=operation_id)
router.include_router(network_router, prefix="/models/{name}")
router.include_router(
    network_router,
    prefix="/models/{name}/versions/{version}",
    dependencies=[Depends(_with_version)],
    generate_unique_id_function=_versioned_id,
)


@router.get(
    "",
    summary="Describe the server",
    responses={**answered("The name and version of the server."), **inference_errors()},
)
async def get_server() -> ServerAnswer:
    """Returns the name and the version of the server, and the extensions of the protocol that it knows."""
    return ServerAnswer(name="tonespace", version=VERSION, extensions=[BINARY])


@router.get(
    "/health/live", summary="Check that the server is alive", responses=answered("The server is alive.")
)
async def server_live() -> ServerLiveAnswer:
    """Answers while the process runs."""
    return ServerLiveAnswer(live=True)


@router.get(
    "/health/ready",
    summary="Check that the server is ready",
    responses={**answered("The server is ready."), **inference_errors()},
)
async def server_ready(request: Request) -> ServerReadyAnswer:
    """Answers 200 under the same conditions as /health/ready."""
    runtime_of(request).check_ready()
    return ServerReadyAnswer(ready=True)
