"""Whether the service lives and may be sent work, and what it counts.

These paths take any parameter: what watches a service may add some, and must not read from the refusal
that the service is ill.
"""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.contract.answers import HealthAnswer
from service.http.openapi_document import problems
from service.metrics import exposition

router = APIRouter(tags=["operations"])


@router.get("/health/live")
async def live() -> HealthAnswer:
    """That the process answers."""
    return HealthAnswer(status="live")


@router.get("/health/ready", responses=problems(503))
async def ready(request: Request) -> HealthAnswer:
    """That every model is verified and warm, and the service not going away."""
    request.app.state.runtime.check_ready()
    return HealthAnswer(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics() -> Response:
    """Requests, problems, waits and the time of each stage, for Prometheus."""
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)
