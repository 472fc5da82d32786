"""The path of melodies: notes come in, and their sound goes out while it is computed."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from audio.streaming import Encoder, encoder
from service.contract.instruments import PerformanceFormat, PerformancePlan, PerformQuery
from service.contract.tasks import PerformTask, Rendered, SegmentTask
from service.http.direct_route import DirectRoute
from service.http.negotiation import AUDIO_TYPES, choose
from service.http.openapi_document import operation_id, problems
from service.http.openapi_music import MELODY_BODY, PERFORM_ANSWER
from service.http.query import described, read_query
from service.http.responses import file_headers
from service.http.sampling import settled
from service.http.uploads import read_upload
from service.http.work import open_model, result_of, runtime_of
from service.pool.ordered import in_order

router = APIRouter(tags=["music"], route_class=DirectRoute, generate_unique_id_function=operation_id)

SEGMENT_S = 4.0
FORMATS: tuple[PerformanceFormat, ...] = ("wav", "pcm", "ogg")


@router.post(
    "/perform",
    summary="Play a melody in a timbre",
    response_class=StreamingResponse,
    responses={**PERFORM_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
    openapi_extra=described(PerformQuery) | MELODY_BODY,
)
async def perform(request: Request) -> StreamingResponse:
    """Returns a melody, from a MIDI file or from a recording of one voice, in the timbre of a model.

    The sound is sent while it is computed. Its length is known from the start, except for Ogg.
    """
    query, upload = read_query(request, PerformQuery), await read_upload(request)
    query, media_type = _negotiated(query, request.headers.get("accept"))
    model = open_model(request, query.model)
    if query.z is None:
        query = settled(query, model)
    planned = await result_of(PerformTask(model.reference, query, upload), request)
    assert planned.facts is not None
    plan = PerformancePlan.model_validate_json(planned.content)
    encoding = encoder(query.format, plan.sample_rate, plan.n_samples)
    name = f"{model.answer.name}-melody.{query.format}"
    sent = {"Vary": "Accept", **file_headers(planned.facts._replace(file_name=name))}
    sent |= {"Tonespace-Notes": str(len(plan.notes)), "Tonespace-Notes-Left-Out": str(plan.n_left_out)}
    if encoding.n_bytes is not None:
        sent["Content-Length"] = str(encoding.n_bytes)
    parts = in_order(runtime_of(request).queue, _segments(model.reference, plan))
    return StreamingResponse(_encoded(parts, encoding), headers=sent, media_type=media_type)


def _negotiated(query: PerformQuery, accept: str | None) -> tuple[PerformQuery, str]:
    """The query with its format settled, and the media type of the answer."""
    named = "format" in query.model_fields_set
    formats = (query.format,) if named else FORMATS
    media_type = choose(accept, [AUDIO_TYPES[f] for f in formats], query.format if named else None)
    chosen = next(f for f in formats if AUDIO_TYPES[f] == media_type)
    return query.model_copy(update={"format": chosen}), media_type


def _segments(model: str, plan: PerformancePlan) -> Iterator[SegmentTask]:
    """The melody in parts of some seconds, each with the notes that sound in it."""
    length = round(SEGMENT_S * plan.sample_rate)
    for first in range(0, plan.n_samples, length):
        last = min(first + length, plan.n_samples)
        begin_s, end_s = first / plan.sample_rate, last / plan.sample_rate
        notes = [
            note
            for note in plan.notes
            if note.onset_s < end_s and note.onset_s + note.held_s + plan.ring_s > begin_s
        ]
        yield SegmentTask(model, plan.z, plan.labels, notes, first, last)


async def _encoded(parts: AsyncIterator[Rendered], encoding: Encoder) -> AsyncIterator[bytes]:
    """The bytes of the file; Vorbis takes its time in a thread."""
    async for part in parts:
        yield await asyncio.to_thread(encoding.encode, part.content)
    yield await asyncio.to_thread(encoding.end)
