"""What operators ask the running service to do."""

from fastapi import APIRouter, Request

from service.contract.model_answers import ReloadAnswer
from service.http.openapi_document import answered, operation_id, problems
from service.http.query import check_no_query
from service.http.work import runtime_of

router = APIRouter(tags=["operations"], generate_unique_id_function=operation_id)


@router.post(
    "/admin/reload",
    summary="Open the models anew",
    responses={**answered("The models that are open now."), **problems(409, 422)},
)
async def reload(request: Request) -> ReloadAnswer:
    """Opens the models of the models directory; then they take the place of those that were open.

    No request is lost. If the default model or one that is open is damaged, the old models stay open.
    """
    check_no_query(request)
    catalogue = await runtime_of(request).reload()
    return ReloadAnswer(
        models=[model.reference for model in catalogue],
        default=catalogue.default.reference,
        unavailable=catalogue.unavailable,
    )
