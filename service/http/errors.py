"""What can be wrong with a request as HTTP: its headers and its body.

ServiceError                       `service.errors`
├── UnsupportedMediaTypeError      the body is of a type that this path does not read
├── NotAcceptableError             the Accept header admits none of the types of the answer
├── MultipartError                 the multipart body is broken or holds something else than one file
├── MalformedBodyError             no parser of JSON takes the body
├── UnsupportedContentCodingError  the body is compressed in a way that is not read
├── MalformedContentCodingError    the body is not compressed as its header says
└── BodyTooLargeError              the body is larger than the limit
"""

from collections.abc import Sequence

from service.errors import ServiceError


class UnsupportedMediaTypeError(ServiceError):
    """The body is of a type that this path does not read."""

    def __init__(self, actual: str, supported: Sequence[str]) -> None:
        super().__init__(f"A body of type {actual!r} cannot be read here; send {', '.join(supported)}.")
        self.actual, self.supported = actual, supported


class NotAcceptableError(ServiceError):
    """The Accept header admits none of the types of the answer."""

    def __init__(self, offered: Sequence[str]) -> None:
        super().__init__(f"The Accept header admits none of what there is: {', '.join(offered)}.")
        self.offered = offered


class MultipartError(ServiceError):
    """The multipart body is broken or holds something else than one file."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"A multipart body must hold one file, under any name: {reason}.")
        self.reason = reason


class MalformedBodyError(ServiceError):
    """No parser of JSON takes the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The body cannot be read as JSON: {reason}.")
        self.reason = reason


class UnsupportedContentCodingError(ServiceError):
    """The body is compressed in a way that is not read."""

    def __init__(self, coding: str, supported: Sequence[str]) -> None:
        super().__init__(
            f"A body with Content-Encoding {coding!r} cannot be read; send {', '.join(supported)}."
        )
        self.coding, self.supported = coding, supported


class MalformedContentCodingError(ServiceError):
    """The body is not compressed as its header says."""

    def __init__(self, coding: str, reason: str) -> None:
        super().__init__(f"The body cannot be decoded as {coding}: {reason}.")
        self.coding, self.reason = coding, reason


class BodyTooLargeError(ServiceError):
    """The body is larger than the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is larger than {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes
