"""What handlers take from a request beside its query and body."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers

from service.contract.queries import NoQuery
from service.http.query import query_of
from service.http.uploads import read_upload, until_client_leaves
from service.pool.work_queue import Watch
from service.runtime import Runtime


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _headers(request: Request) -> Headers:
    return request.headers


InRuntime = Annotated[Runtime, Depends(_runtime)]
Upload = Annotated[bytes, Depends(read_upload)]
Client = Annotated[Watch, Depends(until_client_leaves)]
InHeaders = Annotated[Headers, Depends(_headers)]
WithoutQuery = Annotated[NoQuery, Depends(query_of(NoQuery))]
