"""Sounds for requests, each with its recipe: the request that makes exactly this file again.

A recipe is `{"path", "query" or "body"}` of that request. It names the version of the model and holds
everything that was chosen at random, by default or by the encoder. For /sample and /reconstruct, z and
labels stand beside it. Several sounds are computed in steps, a sound each.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np

from audio.files import Recipe
from audio.formats import AudioFormat, AudioLimits
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.points import WeightedSum
from service.contract.queries import MAX_SEED, ReconstructQuery, SampleQuery
from service.contract.tasks import Upload
from service.sound import synthesis
from service.sound.exact_point import ExactPoint
from service.sound.labels import LabelVectors, label_vectors, parse_labels
from service.sound.morph import check_length, path_waveform
from service.sound.points import ends_of_path, path, point_at, sampled_point, summed
from service.sound.steps import Steps, in_turn
from service.sound.store import Model
from service.sound.synthesis import Float32, Point, Quality


class Sound(NamedTuple):
    """One sound and its recipe."""

    waveform: Float32  # (n_samples,), within full scale
    recipe: Recipe
    name: str  # of its file, after the model's name
    point: ExactPoint | None  # None for a path, which leads through many points
    seed: int | None = None
    quality: Quality | None = None
    upload: Upload | None = None  # of a reconstruction


class Order(NamedTuple):
    """All that a request asked for."""

    model: Model
    audio_format: AudioFormat
    sounds: list[Sound]
    name: str  # of its file, after the model's name
    several: bool  # whether a list of sounds was asked for, if only of one


def sample(model: Model, query: SampleQuery) -> Steps[Order]:
    """`n` samples of the model's latent distribution; the query has a seed and a temperature."""
    chosen = label_vectors(model.manifest, parse_labels(query.label), of_clips=True)
    queries = [_alone(query, index) for index in range(query.n)]
    sounds = yield from in_turn(_sampled(model, chosen, alone) for alone in queries)
    several = query.n > 1
    name = f"seed-{query.seed}" + several * f"-n-{query.n}"
    return Order(model, query.format, sounds, name, several)


def generate(model: Model, body: GenerateBody, limits: AudioLimits) -> Steps[Order]:
    """The sound of one z, of several, or of a weighted sum."""
    chosen = label_vectors(model.manifest, body.labels)
    points = [point_at(model, z, chosen, body.level_db) for z in _zs(model, body, limits)]
    sounds = yield from in_turn(_generated(model, body, point, body.duration_s) for point in points)
    return Order(model, body.format, sounds, "generated", body.several)


def reconstruct(
    model: Model, query: ReconstructQuery, upload: bytes, limits: AudioLimits, measured: bool
) -> Order:
    """The upload encoded and decoded again; its recipe needs the same upload."""
    chosen = label_vectors(model.manifest, parse_labels(query.label))
    replica = synthesis.reconstruct(model, upload, limits, chosen, query.phase, measured, query.start_s)
    point = ExactPoint.of(model.manifest, replica.point)
    recipe = {
        "path": "/reconstruct",
        "query": _written(query.model_copy(update={"model": model.reference})),
        "upload_sha256": hashlib.sha256(upload).hexdigest(),
        **point.location,
    }
    sound = Sound(
        replica.waveform,
        recipe,
        "reconstruction",
        point,
        quality=replica.quality,
        upload=replica.analysis.upload,
    )
    return Order(model, query.format, [sound], sound.name, several=False)


def morph(model: Model, body: MorphBody, limits: AudioLimits, as_steps: bool) -> Steps[Order]:
    """The path from one end to the other as one sound, or each of its points as a sound of its own."""
    if not as_steps:
        check_length(model, body.steps)
    chosen = label_vectors(model.manifest, body.labels)
    start, end = ends_of_path(model, body.start, body.end, chosen, limits)
    points = path(model.manifest, start, end, body.steps, body.method)
    if as_steps:
        sounds = yield from in_turn(_generated(model, body, point) for point in points)
        return Order(model, body.format, sounds, "morph", several=True)
    waveform = path_waveform(model, points, body.phase)
    sound = Sound(waveform, _morph_recipe(model, body, start, end), "morph", None)
    return Order(model, body.format, [sound], sound.name, several=False)


def _alone(query: SampleQuery, index: int) -> SampleQuery:
    """The query that gives the sound at `index` alone: its seed is the first one plus index."""
    assert query.seed is not None
    return query.model_copy(update={"seed": (query.seed + index) % MAX_SEED, "n": 1})


def _sampled(model: Model, chosen: LabelVectors, query: SampleQuery) -> Steps[Sound]:
    assert query.temperature is not None
    rng = np.random.default_rng(query.seed)
    point = sampled_point(model, rng, query.temperature, chosen)
    waveform = yield from synthesis.decode(model, point, query.phase)
    exact = ExactPoint.of(model.manifest, point)
    recipe = {"path": "/sample", "query": _written(query), **exact.location}
    return Sound(waveform, recipe, f"seed-{query.seed}", exact, query.seed)


def _generated(
    model: Model, body: GenerateBody | MorphBody, point: Point, duration_s: float | None = None
) -> Steps[Sound]:
    waveform = yield from synthesis.decode(model, point, body.phase, duration_s)
    exact = ExactPoint.of(model.manifest, point)
    lasting = {} if duration_s is None else {"duration_s": duration_s}
    request = {"model": model.reference, **exact.body, **lasting, "format": body.format, "phase": body.phase}
    return Sound(waveform, {"path": "/generate", "body": request}, "generated", exact)


def _morph_recipe(model: Model, body: MorphBody, start: Point, end: Point) -> Recipe:
    ends = {key: ExactPoint.of(model.manifest, p).body for key, p in (("from", start), ("to", end))}
    way = body.model_dump(include={"steps", "method", "format", "phase"})
    return {"path": "/morph", "body": {"model": model.reference, **ends, **way}}


def _written(query: SampleQuery | ReconstructQuery) -> dict[str, Any]:
    """The query that gives one sound, without the parameters that ask for nothing."""
    return {k: v for k, v in query.model_dump(exclude={"n"}).items() if v not in (None, [])}


def _zs(model: Model, body: GenerateBody, limits: AudioLimits) -> list[Float32]:
    if isinstance(body.z, WeightedSum):
        return [summed(model, body.z.terms, limits)]
    return [np.array(z, np.float32) for z in (body.z if body.several else [body.z])]
