"""Bodies that a client compressed, decoded as they arrive.

Source: RFC 9110, section 8.4.1, names the codings; RFC 1952 and RFC 1950 define their bytes.
"""

import zlib
from collections.abc import AsyncIterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.errors import MalformedContentCodingError, UnsupportedContentCodingError
from service.http.middleware import BodyLimitMiddleware
from service.http.problems import error_response
from service.http.raw_headers import header

WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # as zlib takes them
PIECE_BYTES = 65_536  # of decoded body at once, so that the limit is checked before memory is used
BODY_HEADERS = frozenset({b"content-encoding", b"content-length"})  # they describe the bytes before decoding


class ContentCodingMiddleware:
    """Hands on the decoded body, or refuses a coding that is not read.

    The decoded bytes need a limit of their own: few that arrive can decode to many.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app, self._limited = app, BodyLimitMiddleware(app, limit_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        coding = header(scope, b"content-encoding").strip().lower()
        if coding in {"", "identity"}:
            await self._app(scope, receive, send)
        elif coding in WINDOW_BITS:
            scope["headers"] = [header for header in scope["headers"] if header[0] not in BODY_HEADERS]
            await self._limited(scope, _decoded(receive, coding), send)
        else:
            error = UnsupportedContentCodingError(coding, list(WINDOW_BITS))
            answer = error_response(error, scope["state"]["request_id"])
            await answer(scope, receive, send)


def _decoded(receive: Receive, coding: str) -> Receive:
    """What the request brings, its body decoded in pieces of at most PIECE_BYTES."""
    messages = _decoded_messages(receive, coding)

    async def receive_decoded() -> Message:
        return await anext(messages, None) or await receive()

    return receive_decoded


async def _decoded_messages(receive: Receive, coding: str) -> AsyncIterator[Message]:
    """The messages up to the end of the body.

    Raises:
        MalformedContentCodingError: the body is not in this coding, or ends too early.
    """
    decoder, more = zlib.decompressobj(WINDOW_BITS[coding]), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            yield message
            return
        encoded, more, full = message.get("body", b""), message.get("more_body", False), False
        while encoded or full:
            try:
                piece = decoder.decompress(encoded, PIECE_BYTES)
            except zlib.error as error:
                raise MalformedContentCodingError(coding, "it is damaged or something else") from error
            encoded, full = decoder.unconsumed_tail, len(piece) == PIECE_BYTES
            yield {"type": "http.request", "body": piece, "more_body": True}
        if decoder.unused_data:  # RFC 1952 allows another member; nobody sends one, and each costs a decoder
            raise MalformedContentCodingError(coding, "something follows its end")
    if not decoder.eof:
        raise MalformedContentCodingError(coding, "it ends too early")
    yield {"type": "http.request", "body": b"", "more_body": False}
