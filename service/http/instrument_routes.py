"""The path of instruments: a timbre becomes a file for a sampler, a note at a time."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from service.contract.instruments import InstrumentBody, InstrumentPlan, NoteFacts
from service.contract.tasks import InstrumentTask, NoteTask, OpenModel, Rendered
from service.http.archives import ArchiveFile, tarred, zipped
from service.http.direct_route import DirectRoute
from service.http.hydrogen import drumkit_xml
from service.http.mappings import file_name, regions
from service.http.negotiation import ZIP, choose
from service.http.openapi_document import operation_id, problems
from service.http.openapi_music import INSTRUMENT_ANSWER
from service.http.responses import file_headers
from service.http.sampling import settled
from service.http.sfz import sfz_text
from service.http.work import open_model, result_of, runtime_of
from service.pool.ordered import in_order

router = APIRouter(tags=["music"], route_class=DirectRoute, generate_unique_id_function=operation_id)

GZIP = "application/gzip"
FOLDER = "samples"


class Order(NamedTuple):
    """An instrument that is being made."""

    model: OpenModel
    body: InstrumentBody  # with a seed and a temperature where it is a sample
    plan: InstrumentPlan

    @property
    def name(self) -> str:
        """Of the instrument and its files."""
        seed = "" if self.body.seed is None else f"-seed-{self.body.seed}"
        return f"{self.model.answer.name}-instrument{seed}"

    @property
    def recipe(self) -> dict[str, Any]:
        """The request that makes the instrument again."""
        sent = self.body.model_dump(mode="json", exclude_none=True, exclude={"audio", "start_s"})
        if self.body.audio is not None:
            sent["z"], sent["labels"] = self.plan.keys[0].z, self.plan.keys[0].labels
        return _written({**sent, "model": self.model.reference})

    @property
    def tasks(self) -> list[NoteTask]:
        """One for each file."""
        return [
            NoteTask(self.model.reference, key, velocity, self._recipe_of(key.key, velocity))
            for key in self.plan.keys
            for velocity in self.plan.velocities
        ]

    def _recipe_of(self, key: int, velocity: int | None) -> dict[str, Any]:
        """The request for an instrument of this file alone."""
        body = {**self.recipe["body"], "format": "zip"}
        if self.body.pads is None:
            body["pitches"] = [key]
        if velocity is not None:
            body["velocities"] = [velocity]
        return _written(body)


def _written(body: dict[str, Any]) -> dict[str, Any]:
    """A recipe, in which equal bodies are equal texts."""
    return {"path": "/instrument", "body": dict(sorted(body.items()))}


@router.post(
    "/instrument",
    summary="Make an instrument of a timbre",
    response_class=StreamingResponse,
    responses={**INSTRUMENT_ANSWER, **problems(400, 404, 406, 413, 415, 422)},
)
async def instrument(request: Request, body: InstrumentBody) -> StreamingResponse:
    """Returns the notes of one timbre as WAV files with loops, and the file that maps them to keys.

    The answer is sent while it is made. The same request with a seed gives the same bytes.
    """
    media_type = choose(request.headers.get("accept"), [GZIP if body.format == "hydrogen" else ZIP])
    model = open_model(request, body.model)
    if body.z is None and body.audio is None:
        body = settled(body, model)
    planned = await result_of(InstrumentTask(model.reference, body), request)
    assert planned.facts is not None
    order = Order(model, body, InstrumentPlan.model_validate_json(planned.content))
    extension = "h2drumkit" if body.format == "hydrogen" else "zip"
    sent = file_headers(planned.facts._replace(file_name=f"{order.name}.{extension}"))
    sent["Tonespace-Notes"] = str(len(order.tasks))
    files = _files(order, in_order(runtime_of(request).queue, order.tasks))
    archive = tarred(files) if body.format == "hydrogen" else zipped(files)
    return StreamingResponse(archive, headers={"Vary": "Accept", **sent}, media_type=media_type)


async def _files(order: Order, notes: AsyncIterator[Rendered]) -> AsyncIterator[ArchiveFile]:
    """The WAV files as they are computed, then what maps them, and what they are."""
    kit = order.body.format == "hydrogen"
    folder = order.name if kit else FOLDER
    known: list[NoteFacts] = []
    for task in order.tasks:
        rendered = await anext(notes)
        assert rendered.note is not None
        known.append(rendered.note)
        yield ArchiveFile(f"{folder}/{file_name(task.key, task.velocity)}", rendered.content)
    mapped, about = regions(order.plan, known), _about(order)
    if kit:
        licence = order.model.answer.data.licence
        kit_xml = drumkit_xml(mapped, order.name, "Tonespace", about, licence)
        yield ArchiveFile(f"{folder}/drumkit.xml", kit_xml)
    elif order.body.format == "sfz":
        yield ArchiveFile(f"{order.name}.sfz", sfz_text(mapped, FOLDER, about).encode())
    place = f"{folder}/" if kit else ""
    yield ArchiveFile(f"{place}README.txt", about.encode())
    yield ArchiveFile(f"{place}recipe.json", json.dumps(order.recipe, indent=1).encode())


def _about(order: Order) -> str:
    """What the instrument is, its licence, and how to make it again."""
    data = order.model.answer.data
    return "\n".join(
        [
            f"{order.name}: {len(order.plan.keys)} keys in {len(order.plan.velocities)} layers of velocity.",
            f"Made by Tonespace with the model {order.model.reference}.",
            f"The model was trained on {data.name}, {data.source}.",
            f"Licence of these recordings: {data.licence}.",
            "POST the body in recipe.json to /instrument to make the same files again.",
            "Each WAV file contains the request that makes it again.",
            "",
        ]
    )
