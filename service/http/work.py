"""The models and the queue, as handlers use them."""

from typing import NoReturn

from fastapi import Request
from starlette.requests import ClientDisconnect

from service.contract.tasks import OpenModel, Rendered, Task
from service.runtime import Runtime


def runtime_of(request: Request) -> Runtime:
    """The runtime of the service that answers the request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def open_model(request: Request, name: str | None) -> OpenModel:
    """The open model of this name, or the default one.

    Raises:
        NotReadyError: no model is open yet.
        UnknownModelError: it is not open.
    """
    return runtime_of(request).catalogue.get(name)


async def result_of(task: Task, request: Request) -> Rendered:
    """The result of a task, computed while the client waits for it; the body of the request has been read.

    Raises:
        ClientDisconnect: the client has closed its connection.
        ServiceError: see `WorkQueue.run`, or the task failed.
    """

    async def until_client_leaves() -> NoReturn:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect

    return await runtime_of(request).queue.run(task, until_client_leaves)
