"""What can go wrong between a user and the service.

TonespaceError               nothing came of what was asked
├── UnreachableError         no service answers at the address
├── ProblemError             the service refused, and says why
├── UnexpectedAnswerError    something answers that is not the service
├── NoMakingError            a file does not say how it was made
├── MissingUploadError       a replica is made again from its upload, which was not given
├── OtherUploadError         the upload given is not the one that the replica was made from
├── NotInstalledError        what was asked for runs where more is installed
└── LocalServiceError        the models in this process cannot be opened
"""


class TonespaceError(Exception):
    """Nothing came of what was asked; the text is a sentence for people."""


class UnreachableError(TonespaceError):
    """No service answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"No service answers at {url}: {reason}.")
        self.url, self.reason = url, reason


class ProblemError(TonespaceError):
    """The service refused: RFC 9457's members, as docs/problems.md explains them."""

    def __init__(self, status: int, kind: str, title: str, detail: str, instance: str) -> None:
        super().__init__(detail or title)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.instance = instance  # the request id, which is also in the service's log


class UnexpectedAnswerError(TonespaceError):
    """Something answers that is not the service."""

    def __init__(self, url: str, status: int, media_type: str) -> None:
        told = media_type or "no type"
        super().__init__(f"What answers at {url} is not Tonespace: status {status}, {told}.")
        self.url, self.status, self.media_type = url, status, media_type


class NoMakingError(TonespaceError):
    """A file does not say how it was made."""

    def __init__(self) -> None:
        super().__init__("The file does not say how it was made.")


class MissingUploadError(TonespaceError):
    """A replica is made again from its upload, which was not given."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"A replica is made again from its upload: give the one with SHA-256 {sha256}.")
        self.sha256 = sha256


class OtherUploadError(TonespaceError):
    """The upload given is not the one that the replica was made from."""

    def __init__(self, actual: str, expected: str) -> None:
        super().__init__(f"This is another upload: its SHA-256 is {actual}, not {expected}.")
        self.actual, self.expected = actual, expected


class NotInstalledError(TonespaceError):
    """What was asked for runs where more is installed."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is not installed here: {remedy}.")
        self.what, self.remedy = what, remedy


class LocalServiceError(TonespaceError):
    """The models in this process cannot be opened."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The models cannot be opened: {reason}")
        self.reason = reason
