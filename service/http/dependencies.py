"""What handlers take from a request beside its query and body."""

from typing import Annotated

from fastapi import Depends, Header, Request

from service.http.uploads import read_upload, until_client_leaves
from service.pool.work_queue import Watch
from service.runtime import Runtime


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


InRuntime = Annotated[Runtime, Depends(_runtime)]
Upload = Annotated[bytes, Depends(read_upload)]
Client = Annotated[Watch, Depends(until_client_leaves)]
Accept = Annotated[str | None, Header(include_in_schema=False)]
ByteRange = Annotated[
    str | None,
    Header(alias="range", description="One range of bytes of an answer with a seed, such as `bytes=0-1`."),
]
IfRange = Annotated[
    str | None, Header(description="The ETag that the answer must have. Else the whole answer is sent.")
]
IfNoneMatch = Annotated[
    str | None,
    Header(description="The ETag of an answer that the client has. If it is current, the answer is a 304."),
]
