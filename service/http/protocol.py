"""uvicorn's HTTP/1.1 with two changes: what is not HTTP gets a problem, and offers to upgrade are ignored."""

import http
import logging
import sys
import uuid

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.problems import MALFORMED_REQUEST, REQUEST_ID_HEADER, Problem, problem_response
from service.http.security_headers import SECURITY_HEADERS

logger = logging.getLogger(__name__)


class Protocol(HttpToolsProtocol):
    """One connection, with uvicorn's answers to a broken request and to an offered upgrade replaced."""

    def send_400_response(self, msg: str) -> None:
        """Answers with a problem and closes: where the next request would begin is not known."""
        self.refuse(MALFORMED_REQUEST, _detail(sys.exc_info()[1], msg))

    def refuse(self, problem: Problem, detail: str) -> None:
        """Answers with a problem in place of the application, and closes the connection."""
        request_id = uuid.uuid4().hex
        headers = {REQUEST_ID_HEADER: request_id, "Connection": "close"}
        answer = problem_response(problem, detail, request_id, headers)
        status = http.HTTPStatus(answer.status_code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in (*answer.raw_headers, *SECURITY_HEADERS)]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()
        logger.info("refused: %s %d, request %s", detail, status, request_id)

    def data_received(self, data: bytes) -> None:
        self._data = data
        super().data_received(data)

    def _should_upgrade(self) -> bool:
        """Whether the request is left to `handle_websocket_upgrade`, whatever it offers."""
        return any(name == b"upgrade" for name, _ in self.headers)

    def handle_websocket_upgrade(self) -> None:
        """Reads the request again without its offer, of which the parser would make the end of HTTP.

        `curl --http2` offers one with every request, and its body would be lost.

        Source: RFC 9110, section 7.8: a server may ignore an offer.
        """
        end_of_head = sys.exc_info()[1]
        assert isinstance(end_of_head, httptools.HttpParserUpgrade)
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [method + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        self.data_received(b"\r\n".join([*lines, b"", self._data[end_of_head.args[0] :]]))


def _detail(error: BaseException | None, otherwise: str) -> str:
    """The message of the parser, without the address, which it would repeat in full length."""
    if isinstance(error, httptools.HttpParserCallbackError):
        return "The request cannot be read: its address is too long, or is none."
    return f"The request cannot be read: {error or otherwise}.".replace("..", ".")
