"""Routes that call their handlers with the request itself."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from service.http.query import check_no_query
from service.http.strict_json import invalid, read_json
from service.http.uploads import check_json


class DirectRoute(APIRoute):
    """A route whose handler takes the request and, if it declares one, the body, which is read as JSON.

    FastAPI reads the signature for the OpenAPI document. Its own way to call a handler takes longer than all
    else that the front process does for a request. A path with a body in JSON has no query.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        field, handle = self.body_field, self.endpoint
        if field is None:
            return handle

        async def handle_body(request: Request) -> Response:
            check_json(request)
            check_no_query(request)
            data = await request.body()
            if not data:
                raise invalid(["body"], "The body is empty")
            body, errors = field.validate(read_json(data), loc=("body",))
            if errors:
                raise RequestValidationError(errors)
            answer: Response = await handle(request, body)
            return answer

        return handle_body
