"""The errors of headers and bodies.

ServiceError                       `service.errors`
├── UnsupportedMediaTypeError      this path does not read bodies of this type
├── NotAcceptableError             the Accept header allows none of the types of the answer
├── RangeNotSatisfiableError       the Range header asks for bytes after the end
├── InvalidKeyError                the request has none of the API keys
├── MultipartError                 the multipart body is broken or does not contain exactly one file
├── MalformedBodyError             no JSON parser can read the body
├── UnsupportedContentCodingError  the compression of the body is not supported
├── MalformedContentCodingError    the body cannot be decompressed
└── BodyTooLargeError              the body is larger than the limit
"""

from collections.abc import Sequence

from service.errors import ServiceError


class UnsupportedMediaTypeError(ServiceError):
    """This path does not read bodies of this type."""

    def __init__(self, actual: str, supported: Sequence[str]) -> None:
        super().__init__(f"A body of type {actual!r} cannot be read here; send {', '.join(supported)}.")
        self.actual, self.supported = actual, supported


class NotAcceptableError(ServiceError):
    """The Accept header allows none of the types of the answer."""

    def __init__(self, offered: Sequence[str], audio_format: str | None) -> None:
        answer = f"the answer with format={audio_format}" if audio_format else "the answer"
        super().__init__(f"The Accept header allows none of the types of {answer}: {', '.join(offered)}.")
        self.offered, self.audio_format = offered, audio_format
        self.headers = {"Vary": "Accept"}


class RangeNotSatisfiableError(ServiceError):
    """The Range header asks for bytes after the end."""

    def __init__(self, n_bytes: int) -> None:
        super().__init__(f"The answer has {n_bytes} bytes, and the Range header asks for none of them.")
        self.n_bytes = n_bytes
        self.headers = {"Content-Range": f"bytes */{n_bytes}"}


class InvalidKeyError(ServiceError):
    """The request has none of the API keys."""

    def __init__(self, there_are_keys: bool) -> None:
        send = "Send a key of this service as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
        super().__init__(send if there_are_keys else "This path needs an API key, and the service has none.")
        self.headers = {"WWW-Authenticate": 'Bearer realm="tonespace"'}


class MultipartError(ServiceError):
    """The multipart body is broken or does not contain exactly one file."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"A multipart body must contain one file, under any name: {reason}.")
        self.reason = reason


class MalformedBodyError(ServiceError):
    """No JSON parser can read the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The body cannot be read as JSON: {reason}.")
        self.reason = reason


class UnsupportedContentCodingError(ServiceError):
    """The compression of the body is not supported."""

    def __init__(self, coding: str, supported: Sequence[str]) -> None:
        super().__init__(
            f"A body with Content-Encoding {coding!r} cannot be read; send {', '.join(supported)}."
        )
        self.coding, self.supported = coding, supported
        self.headers = {"Accept-Encoding": ", ".join(supported)}


class MalformedContentCodingError(ServiceError):
    """The body cannot be decompressed."""

    def __init__(self, coding: str, reason: str) -> None:
        super().__init__(f"The body cannot be decoded as {coding}: {reason}.")
        self.coding, self.reason = coding, reason


class BodyTooLargeError(ServiceError):
    """The body is larger than the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is larger than {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes
