"""What is not HTTP is answered with a problem too: uvicorn finds it before the application is asked."""

import http
import logging
import sys
import uuid

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.problems import MALFORMED_REQUEST, REQUEST_ID_HEADER, problem_response

logger = logging.getLogger(__name__)


class ProblemProtocol(HttpToolsProtocol):
    """uvicorn's protocol; what its parser refuses is a problem with an id and a line in the log."""

    def send_400_response(self, msg: str) -> None:
        """Answers and closes the connection: where the next request would begin is not known."""
        request_id, detail = uuid.uuid4().hex, _detail(sys.exc_info()[1], msg)
        told = {REQUEST_ID_HEADER: request_id, "Connection": "close"}
        answer = problem_response(MALFORMED_REQUEST, detail, request_id, told)
        status = http.HTTPStatus(answer.status_code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()
        logger.info("no HTTP: %s %d, request %s", detail, status, request_id)


def _detail(error: BaseException | None, otherwise: str) -> str:
    """What the parser says; of an address it would repeat it, however long."""
    if isinstance(error, httptools.HttpParserCallbackError):
        return "The request cannot be read: its address is too long, or is none."
    return f"The request cannot be read: {error or otherwise}.".replace("..", ".")
