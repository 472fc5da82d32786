"""Whether the service lives and may be sent work.

These paths take any parameter: what watches a service may add some, and must not read from the refusal
that the service is ill.
"""

from fastapi import APIRouter, Request

from service.answer_schemas import HealthAnswer
from service.openapi_document import problems

router = APIRouter(prefix="/health", tags=["operations"])


@router.get("/live")
async def live() -> HealthAnswer:
    """That the process answers."""
    return HealthAnswer(status="live")


@router.get("/ready", responses=problems(503))
async def ready(request: Request) -> HealthAnswer:
    """That every model is verified and warm, and the service not going away."""
    request.app.state.runtime.check_ready()
    return HealthAnswer(status="ready")
