"""Whether the service is alive and ready for requests, its version and its metrics.

These paths accept any parameter: a monitor may add some, and a refusal would look like a failure.
"""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service import API_VERSION, VERSION
from service.contract.answers import LiveAnswer, ReadyAnswer, VersionAnswer
from service.http.openapi_document import answered, operation_id, problems
from service.http.work import runtime_of
from service.metrics import exposition

router = APIRouter(tags=["operations"], generate_unique_id_function=operation_id)


@router.get(
    "/health/live", summary="Check that the service is alive", responses=answered("The service is alive.")
)
async def live() -> LiveAnswer:
    """Answers while the process runs."""
    return LiveAnswer(status="live")


@router.get(
    "/health/ready",
    summary="Check that the service is ready",
    responses={**answered("The service is ready."), **problems(503)},
)
async def ready(request: Request) -> ReadyAnswer:
    """Answers 200 while the models are verified and have run once, and the service is not shutting down.

    The default model is always among them. Folders that do not open as a model are listed.
    """
    runtime = runtime_of(request)
    runtime.check_ready()
    return ReadyAnswer(
        status="ready",
        unavailable=runtime.catalogue.unavailable,
        reload_error=str(runtime.cause) if runtime.cause else None,
    )


@router.get(
    "/version", summary="Return the versions", responses={**answered("The two versions."), **problems()}
)
async def version() -> VersionAnswer:
    """Returns the version of the service and the version of its contract."""
    return VersionAnswer(service=VERSION, contract=API_VERSION)


@router.get(
    "/metrics",
    summary="Report metrics for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "The metrics in the text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **problems(),
    },
)
async def metrics() -> Response:
    """Returns counts of requests and problems, waiting times and the time of each stage."""
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)
