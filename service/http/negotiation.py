"""The form of an answer that the client prefers."""

import re
from collections.abc import Sequence
from typing import Literal

from audio.files import AudioFormat
from service.http.errors import NotAcceptableError

PNG, JSON, ZIP = "image/png", "application/json", "application/zip"
AUDIO_TYPES: dict[AudioFormat, str] = {
    "wav": "audio/wav",
    "wav-float": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
}
Amount = Literal["one", "several", "path"]


def offers(audio_format: AudioFormat, amount: Amount = "one") -> list[str]:
    """The media types of a sound, of several, or of a path through several; the usual one first."""
    if amount == "several":
        return [ZIP, JSON]
    single = [AUDIO_TYPES[audio_format], PNG, JSON]
    return single if amount == "one" else [*single, ZIP]


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type of the highest weight, the first of several. Without a header, all weigh 1.

    Raises:
        NotAcceptableError: the header allows none.

    Source: RFC 9110, section 12.5.1: of the ranges that match a type, the most specific one weighs.
    """
    weights: dict[str, float] = {}
    for entry in (accept or "*/*").lower().split(","):
        media_range, _, parameters = entry.partition(";")
        weights[media_range.strip()] = _weight(parameters)

    def weight_of(media_type: str) -> float:
        ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
        return next((weights[r] for r in ranges if r in weights), 0.0)

    best = max(offered, key=weight_of)  # the first of those that weigh the same
    if weight_of(best) == 0:
        raise NotAcceptableError(offered)
    return best


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the header lists gzip with a weight above 0."""
    entries = (entry.partition(";") for entry in (accept_encoding or "").lower().split(","))
    return any(coding.strip() == "gzip" and _weight(parameters) > 0 for coding, _, parameters in entries)


def _weight(parameters: str) -> float:
    """The `q` among the parameters of a media range: 1 if it is missing, 0 if it is not a number."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if re.fullmatch(r"\s*[01](\.\d*)?\s*", value) else 0.0
    return 1.0
