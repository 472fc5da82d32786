"""The form of an answer that the client prefers."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeVar

from audio.formats import AUDIO_FORMATS, AudioFormat
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.queries import ReconstructQuery, SampleQuery
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
OTHER_NAMES = {  # that clients use for a type
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/x-pn-wav", "application/x-wav"),
    "audio/flac": ("audio/x-flac",),
    "audio/ogg": ("application/ogg", "audio/vorbis", "audio/x-ogg"),
    "audio/mpeg": ("audio/mp3", "audio/mpeg3", "audio/x-mp3", "audio/x-mpeg"),
}
Amount = Literal["one", "several", "path"]
Asked = TypeVar("Asked", GenerateBody, MorphBody, ReconstructQuery, SampleQuery)


def negotiate(accept: str | None, asked: Asked, amount: Amount = "one") -> tuple[Asked, str]:
    """The request with its audio format settled, and the media type of the answer.

    Where the request names no format, it is the one that the header names, or else WAV.

    Raises:
        NotAcceptableError: the header allows no form of the answer.
    """
    named = asked.format if "format" in asked.model_fields_set else None
    audio_format, media_type = _formats(accept, named, amount)
    if audio_format != asked.format:
        asked = asked.model_copy(update={"format": audio_format})
    return asked, media_type


@lru_cache(maxsize=64)  # clients repeat their header
def _formats(accept: str | None, named: AudioFormat | None, amount: Amount) -> tuple[AudioFormat, str]:
    """The audio format and the media type of an answer."""
    formats = (named,) if named else tuple(f for f in AUDIO_FORMATS if f != "wav-float")
    media_type = choose(accept, offers(formats, amount), named)
    return next((f for f in formats if AUDIO_TYPES[f] == media_type), formats[0]), media_type


def offers(formats: Sequence[AudioFormat], amount: Amount = "one") -> list[str]:
    """The media types of a sound, of several, or of a path through several; the usual one first."""
    if amount == "several":
        return [ZIP, JSON]
    usual, *others = (AUDIO_TYPES[audio_format] for audio_format in formats)
    return [usual, PNG, JSON, *([ZIP] if amount == "path" else []), *others]


def choose(accept: str | None, offered: Sequence[str], audio_format: AudioFormat | None = None) -> str:
    """The offered media type of the highest weight, the first of several. Without a header, all weigh 1.

    Args:
        accept: the header.
        offered: the media types of the answer.
        audio_format: that the request names, if it names one.

    Raises:
        NotAcceptableError: the header allows none.

    Source: RFC 9110, section 12.5.1: of the ranges that match a type, the most specific one weighs.
    """
    weights: dict[str, float] = {}
    for entry in (accept or "*/*").lower().split(","):
        media_range, _, parameters = entry.partition(";")
        weights[media_range.strip()] = _weight(parameters)

    def weight_of(media_type: str) -> float:
        names = (media_type, *OTHER_NAMES.get(media_type, ()))
        if exact := [weights[name] for name in names if name in weights]:
            return max(exact)
        ranges = (media_type.partition("/")[0] + "/*", "*/*", "*")  # the last is how Java writes */*
        return next((weights[r] for r in ranges if r in weights), 0.0)

    best = max(offered, key=weight_of)  # the first of those that weigh the same
    if weight_of(best) == 0:
        raise NotAcceptableError(offered, audio_format)
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
            return float(value) if re.fullmatch(r"\s*([01](\.\d*)?|\.\d+)\s*", value) else 0.0
    return 1.0
