"""The bodies and answers of /instrument and /perform in the OpenAPI document."""

from typing import Any

from service.http.negotiation import ZIP
from service.http.openapi_document import BINARY, FORM, HEADERS, Responses, described_header

INSTRUMENT_HEADERS = {
    name: HEADERS[name]
    for name in (
        "Content-Disposition",
        "Vary",
        "Tonespace-Model",
        "Tonespace-Z",
        "Tonespace-Labels",
        "Tonespace-Seed",
        "Tonespace-Sample-Rate",
        "X-Request-ID",
    )
}
INSTRUMENT_ANSWER: Responses = {
    200: {
        "description": "The files of the instrument: a ZIP, or with `hydrogen` an .h2drumkit.",
        "content": {ZIP: BINARY, "application/gzip": BINARY},
        "headers": {
            **INSTRUMENT_HEADERS,
            "Tonespace-Notes": described_header("The number of WAV files.", "147"),
        },
    }
}
MELODY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One MIDI file, or one audio file of a single voice or instrument, as the whole body "
        "or as the only part of a form. Which of the two it is, is read from its bytes.",
        "content": {
            "audio/*": BINARY,
            "application/octet-stream": BINARY,
            "multipart/form-data": FORM,
        },
    }
}
PERFORM_ANSWER: Responses = {
    200: {
        "description": "The melody as WAV, PCM or Ogg, sent while it is computed.",
        "content": {"audio/*": BINARY},
        "headers": {
            **INSTRUMENT_HEADERS,
            "Tonespace-Notes": described_header("The number of notes that are played.", "128"),
            "Tonespace-Notes-Left-Out": described_header("The number of percussion notes, left out.", "0"),
        },
    }
}
