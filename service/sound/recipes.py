"""What requests order, made: each sound with the request that makes exactly this file again.

A making is `{"path", "query" or "body"}` of that request, its model pinned and everything that was
drawn, chosen or heard written out; beside it stand the z and labels that came of it.
Orders of several sounds are made in steps, a sound each.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np

from audio.files import AudioLimits, Recipe
from service.contract.bodies import GenerateBody, MorphBody, WeightedSum
from service.contract.queries import MAX_SEED, ReconstructQuery, SampleQuery
from service.sound import synthesis
from service.sound.labels import parse_labels, told_labels
from service.sound.morph import check_length, walk
from service.sound.points import end_of_path, path, point_at, point_drawn, summed
from service.sound.store import Model
from service.sound.synthesis import Float32, Point, Sound
from service.work_queue import Steps


class Piece(NamedTuple):
    """One sound and how it is made again."""

    sound: Sound
    making: Recipe
    told: str  # what a file name says after the model's name
    seed: int | None = None


class Order(NamedTuple):
    """What a request gets."""

    pieces: list[Piece]
    told: str
    several: bool


class Draw(NamedTuple):
    """A /sample request with everything settled that it leaves open."""

    seed: int
    temperature: float
    query: SampleQuery

    @classmethod
    def of(cls, query: SampleQuery, model: Model, seed: int) -> "Draw":
        """The draw with the model's own temperature where none is asked."""
        temperature = query.temperature
        if temperature is None:
            temperature = model.manifest.latent_distribution.temperature
        return cls(seed, temperature, query)

    def seed_of(self, index: int) -> int:
        """The seed that draws the sound at `index` alone."""
        return (self.seed + index) % MAX_SEED

    def request(self, model: Model, index: int = 0) -> dict[str, Any]:
        """The query that gives the sound at `index` alone."""
        query = {"model": model.reference, "seed": self.seed_of(index), "temperature": self.temperature}
        labels = {"label": self.query.label} if self.query.label else {}
        return {**query, **labels, "format": self.query.format, "phase": self.query.phase}


def sample(model: Model, draw: Draw) -> Steps[Order]:
    """`n` draws; the one at index i is the one of seed + i."""
    asked = parse_labels(draw.query.label)
    pieces: list[Piece] = []
    for index in range(draw.query.n):
        if pieces:
            yield
        seed = draw.seed_of(index)
        point = point_drawn(model, np.random.default_rng(seed), draw.temperature, asked)
        making = {"path": "/sample", "query": draw.request(model, index), **_where(model, point)}
        pieces.append(Piece(synthesis.decode(model, point, draw.query.phase), making, f"seed-{seed}", seed))
    several = draw.query.n > 1
    return Order(pieces, f"seed-{draw.seed}" + several * f"-n-{draw.query.n}", several)


def generate(model: Model, body: GenerateBody, limits: AudioLimits) -> Steps[Order]:
    """The sound of one z, of several, or of a weighted sum."""
    points = [point_at(model, z, body.labels, body.level_db) for z in _zs(model, body, limits)]
    pieces = yield from _all_generated(model, points, body, body.duration_s)
    return Order(pieces, "generated", body.several)


def reconstruct(
    model: Model, query: ReconstructQuery, upload: bytes, limits: AudioLimits, measured: bool
) -> Order:
    """The upload encoded and decoded again; to make it again takes the same upload."""
    asked = parse_labels(query.label)
    sound = synthesis.reconstruct(model, upload, limits, asked, query.phase, measured)
    labels = {"label": query.label} if query.label else {}
    making = {
        "path": "/reconstruct",
        "query": {"model": model.reference, **labels, "format": query.format, "phase": query.phase},
        "upload_sha256": hashlib.sha256(upload).hexdigest(),
        **_where(model, sound.points[0]),
    }
    return Order([Piece(sound, making, "reconstruction")], "reconstruction", several=False)


def morph(model: Model, body: MorphBody, limits: AudioLimits, as_steps: bool) -> Steps[Order]:
    """The walk from one end to the other as one sound, or its steps as the sounds of their own."""
    if not as_steps:
        check_length(model, body.steps)
    start, end = (end_of_path(model, e, body.labels, limits) for e in (body.start, body.end))
    points = path(start, end, body.steps, body.method)
    if as_steps:
        pieces = yield from _all_generated(model, points, body)
        return Order(pieces, "morph", several=True)
    request: dict[str, Any] = {"model": model.reference, "from": _told(model, start), "to": _told(model, end)}
    request |= {"steps": body.steps, "method": body.method, "format": body.format, "phase": body.phase}
    sound = walk(model, points, body.phase)
    return Order([Piece(sound, {"path": "/morph", "body": request}, "morph")], "morph", several=False)


def told_z(z: Float32) -> list[float]:
    """The coordinates with the nine digits that give the same float32 again."""
    return [float(f"{value:.9g}") for value in z]


def _zs(model: Model, body: GenerateBody, limits: AudioLimits) -> list[Float32]:
    if isinstance(body.z, WeightedSum):
        return [summed(model, body.z.terms, limits)]
    return [np.array(z, np.float32) for z in (body.z if body.several else [body.z])]


def _all_generated(
    model: Model, points: list[Point], body: GenerateBody | MorphBody, duration_s: float | None = None
) -> Steps[list[Piece]]:
    pieces: list[Piece] = []
    for point in points:
        if pieces:
            yield
        pieces.append(_generated(model, point, body, duration_s))
    return pieces


def _generated(model: Model, point: Point, body: GenerateBody | MorphBody, duration_s: float | None) -> Piece:
    lasting = {} if duration_s is None else {"duration_s": duration_s}
    request = {"model": model.reference, **_told(model, point), **lasting}
    request |= {"format": body.format, "phase": body.phase}
    sound = synthesis.decode(model, point, body.phase, duration_s)
    return Piece(sound, {"path": "/generate", "body": request}, "generated")


def _where(model: Model, point: Point) -> dict[str, Any]:
    return {"z": told_z(point.z), "labels": told_labels(model.manifest, point.labels)}


def _told(model: Model, point: Point) -> dict[str, Any]:
    """The point as /generate and an end of /morph take it."""
    return {**_where(model, point), "level_db": point.level_db}
