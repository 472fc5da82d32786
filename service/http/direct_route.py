"""Routes that call their handlers with the request itself."""

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from service.http.query import check_no_query
from service.http.strict_json import invalid, read_json
from service.http.uploads import check_json


class DirectRoute(APIRoute):
    """A route whose handler takes the request and, if it declares one, the body, which is read as JSON.

    FastAPI reads the signature for the OpenAPI document. Its own way to call a handler takes longer than all
    else that the front process does for a request. A path with a body in JSON has no query.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.app = self._answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if self.body_field:
            answer = await self.endpoint(request, await self._body(request))
        else:
            answer = await self.endpoint(request)
        await answer(scope, receive, send)

    async def _body(self, request: Request) -> Any:
        """The body as the handler declares it.

        Raises:
            UnsupportedMediaTypeError: it is not said to be JSON.
            MalformedBodyError: no parser can read it.
            RequestValidationError: it is not valid, or there is a query.
        """
        assert self.body_field
        check_json(request)
        check_no_query(request)
        data = await request.body()
        if not data:
            raise invalid(["body"], "The body is empty")
        body, errors = self.body_field.validate(read_json(data), loc=("body",))
        if errors:
            raise RequestValidationError(errors)
        return body
