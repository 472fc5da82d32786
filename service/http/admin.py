"""What operators ask the running service to do."""

from fastapi import APIRouter

from service.contract.model_answers import ReloadAnswer
from service.http.dependencies import InRuntime, WithoutQuery
from service.http.openapi_document import answered, problems

router = APIRouter(tags=["operations"])


@router.post(
    "/admin/reload",
    summary="Open the models anew",
    responses={**answered("The models that are open now."), **problems(409, 422)},
)
async def reload(_: WithoutQuery, runtime: InRuntime) -> ReloadAnswer:
    """Opens the models of the models directory; then they take the place of those that were open.

    No request is lost. If the default model or one that is open is damaged, the old models stay open.
    """
    catalogue = await runtime.reload()
    return ReloadAnswer(
        models=[model.reference for model in catalogue],
        default=catalogue.default.reference,
        unavailable=catalogue.unavailable,
    )
