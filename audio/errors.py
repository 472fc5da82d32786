"""What can be wrong with a sound or with a model directory.

AudioError                   the sound that came in, or would go out, cannot be used
├── UnreadableAudioError     no decoder reads any of it
├── EmptyAudioError          it holds no samples
├── SampleRateError          its sample rate is outside the accepted range
├── ChannelCountError        it has too many channels
├── ClipTooLongError         it lasts longer than the limit
├── NonFiniteAudioError      it holds NaN or infinity
└── SilentAudioError         nothing in it is louder than the silence threshold
SpectrogramError             an array does not fit the spectrogram settings
└── SpectrogramShapeError    wrong shape
ModelDirectoryError          a model directory does not keep what its manifest promises
├── NoVersionError           a model has no version
├── ManifestError            manifest.json is missing, unreadable or breaks the schema
└── ChecksumError            a file is missing or differs from its checksum

The exceptions carry facts and know nothing of HTTP.
"""

from pathlib import Path


class AudioError(ValueError):
    """The sound cannot be used."""


class UnreadableAudioError(AudioError):
    """No decoder reads any of the sound."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The audio cannot be read: {reason}.")
        self.reason = reason


class EmptyAudioError(AudioError):
    """The sound holds no samples.

    `once` names the step, such as resampling, after which none were left; it is None where the file had none.
    """

    def __init__(self, once: str | None = None) -> None:
        when = f" once {once}" if once else ""
        super().__init__(f"The audio is empty{when}: it holds no samples.")
        self.once = once


class SampleRateError(AudioError):
    """The sample rate is outside the accepted range."""

    def __init__(self, actual_hz: int, min_hz: int, max_hz: int) -> None:
        super().__init__(f"A sample rate of {actual_hz} Hz is outside {min_hz} to {max_hz} Hz.")
        self.actual_hz, self.min_hz, self.max_hz = actual_hz, min_hz, max_hz


class ChannelCountError(AudioError):
    """The sound has too many channels."""

    def __init__(self, actual: int, limit: int) -> None:
        super().__init__(f"The audio has {actual} channels, at most {limit} are accepted.")
        self.actual, self.limit = actual, limit


class ClipTooLongError(AudioError):
    """The sound lasts longer than the limit; `actual_s` is None where the header does not say."""

    def __init__(self, limit_s: float, actual_s: float | None) -> None:
        length = "longer" if actual_s is None else f"{_seconds(actual_s, limit_s)} s long"
        super().__init__(f"The audio is {length}, at most {limit_s:g} s are accepted.")
        self.limit_s, self.actual_s = limit_s, actual_s


class NonFiniteAudioError(AudioError):
    """The sound holds NaN or infinity."""

    def __init__(self) -> None:
        super().__init__("The audio holds samples that are not finite numbers.")


class SilentAudioError(AudioError):
    """Nothing in the sound is louder than the silence threshold; `once` as of `EmptyAudioError`."""

    def __init__(self, threshold_db: float, once: str | None = None) -> None:
        when = f" once {once}" if once else ""
        super().__init__(f"The audio is silent{when}: no sample exceeds {threshold_db:g} dBFS.")
        self.threshold_db, self.once = threshold_db, once


class SpectrogramError(ValueError):
    """An array does not fit the spectrogram settings."""


class SpectrogramShapeError(SpectrogramError):
    """An array has another shape than the settings ask for."""

    def __init__(self, what: str, actual: tuple[int, ...], expected: tuple[int, ...]) -> None:
        super().__init__(f"The {what} has shape {actual}, expected {expected}.")
        self.actual, self.expected = actual, expected


class ModelDirectoryError(Exception):
    """A model directory does not keep what its manifest promises."""


class NoVersionError(ModelDirectoryError):
    """A model has no version."""

    def __init__(self, model: Path) -> None:
        super().__init__(f"{model} holds no model")
        self.model = model


class ManifestError(ModelDirectoryError):
    """manifest.json is missing, unreadable or breaks the schema."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class ChecksumError(ModelDirectoryError):
    """A file of the model is missing or differs from its checksum."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def _seconds(actual_s: float, limit_s: float) -> str:
    """The duration with a digit, or with as many as distinguish it from the limit."""
    texts = (f"{actual_s:.{digits}f}" for digits in range(1, 9))
    return next((text for text in texts if float(text) > limit_s), repr(actual_s))
