"""What can go wrong between a user and the service.

TonespaceError               the request gave no result
├── UnreachableError         no service answers at the address
├── EnvironmentSettingError  an environment variable about proxies or certificates cannot be used
├── ProblemError             the service refused, and says why
├── UnexpectedAnswerError    something answers that is not the service
├── OtherFormatError         the name of a file is that of another format than the sound's
├── NoRecipeError            a file contains no recipe
├── MissingUploadError       a replica is made again from its upload, which was not given
├── OtherUploadError         the upload given is not the one that the replica was made from
├── NotInstalledError        a command needs more than is installed
└── LocalServiceError        the models cannot be opened in this process
"""

from pathlib import Path


class TonespaceError(Exception):
    """The request gave no result; the text is a sentence for people."""


class UnreachableError(TonespaceError):
    """No service answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"No service answers at {url}: {reason}.")
        self.url, self.reason = url, reason


class EnvironmentSettingError(TonespaceError):
    """An environment variable about proxies or certificates cannot be used."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting} cannot be used: {reason}.")
        self.setting, self.reason = setting, reason


class ProblemError(TonespaceError):
    """The service refused: RFC 9457's members, as docs/problems.md explains them."""

    def __init__(self, status: int, kind: str, title: str, detail: str, instance: str) -> None:
        super().__init__(detail or title)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.instance = instance  # the request id, which is also in the service's log


class UnexpectedAnswerError(TonespaceError):
    """Something answers that is not the service."""

    def __init__(self, url: str, status: int, media_type: str) -> None:
        content = media_type or "no media type"
        super().__init__(f"What answers at {url} is not Tonespace: status {status}, {content}.")
        self.url, self.status, self.media_type = url, status, media_type


class OtherFormatError(TonespaceError):
    """The name of a file is that of another format than the sound's."""

    def __init__(self, path: Path, actual: str) -> None:
        super().__init__(
            f"{path}: the sound is {actual}; ask for it with format={path.suffix[1:].lower()!r}."
        )
        self.path, self.actual = path, actual


class NoRecipeError(TonespaceError):
    """A file contains no recipe."""

    def __init__(self) -> None:
        super().__init__("The file contains no recipe: only files of this service have one.")


class MissingUploadError(TonespaceError):
    """A replica is made again from its upload, which was not given."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"A replica is made again from its upload, the file with SHA-256 {sha256}.")
        self.sha256 = sha256


class OtherUploadError(TonespaceError):
    """The upload given is not the one that the replica was made from."""

    def __init__(self, actual: str, expected: str) -> None:
        super().__init__(f"This is another upload: its SHA-256 is {actual}, not {expected}.")
        self.actual, self.expected = actual, expected


class NotInstalledError(TonespaceError):
    """A command needs more than is installed."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is not installed here: {remedy}.")
        self.what, self.remedy = what, remedy


class LocalServiceError(TonespaceError):
    """The models cannot be opened in this process."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The models cannot be opened: {reason}")
        self.reason = reason
