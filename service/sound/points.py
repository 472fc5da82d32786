"""The points of a model's space that a request names."""

import numpy as np
from numpy.typing import NDArray

from audio.formats import AudioLimits
from audio.manifest import Manifest
from service.contract.points import MAX_COORDINATE, AudioEnd, AudioTerm, PointEnd, PointTerm
from service.contract.queries import Method
from service.errors import LatentRangeError, LatentShapeError
from service.sound.labels import LabelVectors, between, label_vectors, one_hot
from service.sound.latent import interpolate, weighted_sum
from service.sound.store import Model
from service.sound.synthesis import Point, analyse, point_of_upload

Float32 = NDArray[np.float32]
MAX_DISTANCE = 1.0  # of a requested number from every clip, in values; beyond it, a near clip is converted
PathEnd = list[float] | PointEnd | AudioEnd


def point_at(model: Model, z: Float32, chosen: LabelVectors, level_db: float | None = None) -> Point:
    """The point at z; labels that are not chosen are those of the likeliest training clips.

    Raises:
        LatentShapeError: z has another number of coordinates than the model.
    """
    _check_shape(model, z.size)
    if chosen.keys() == model.manifest.labels.keys() and level_db is not None:
        return Point(z, chosen, level_db)
    matches = model.mixture.matching(chosen)
    component = model.mixture.most_probable(z, matches if matches.any() else np.ones_like(matches))
    labels = _labels_of(model, component, model.mixture.nearest_clip(z, component)) | chosen
    return Point(z, labels, _level_of(model, component, labels) if level_db is None else level_db)


def sampled_point(model: Model, rng: np.random.Generator, temperature: float, chosen: LabelVectors) -> Point:
    """A sample of the distribution of the encoded training clips that have the chosen labels.

    Where no clip has all of them, it is a sample of the nearest clips, converted to the labels that the model
    accepts. Others, which only describe the clips, have chosen them.
    """
    mixture = model.mixture
    among = mixture.nearest(chosen)
    z, component, clip = mixture.sample(rng, temperature, among, chosen)
    own = _labels_of(model, component, clip)
    steering = {name: vector for name, vector in chosen.items() if name in model.manifest.labels}
    numbers = {name: vector for name, vector in steering.items() if name in model.manifest.numbers}
    if mixture.matching(chosen).any() and mixture.distance(chosen, among) <= MAX_DISTANCE:
        return Point(z, own | numbers, _level_of(model, component, own | numbers))
    labels = own | steering
    converted = mixture.converted(z, own | numbers, labels)
    nearest = {name: model.manifest.labels[name][int(vector.argmax())] for name, vector in own.items()}
    return Point(converted, labels, _level_of(model, component, labels), nearest)


def summed(model: Model, terms: list[PointTerm | AudioTerm], limits: AudioLimits) -> Float32:
    """The z of a weighted sum; an audio file counts as its z_mean.

    Raises:
        LatentShapeError: a term has another number of coordinates than the model.
        LatentRangeError: the sum lies beyond MAX_COORDINATE.
        AudioError, SilentWindowError: a file cannot be encoded.
    """
    for term in terms:
        if isinstance(term, PointTerm):
            _check_shape(model, len(term.z))
    points = [_z_of_term(model, term, limits) for term in terms]
    z = weighted_sum([term.weight for term in terms], points)
    if np.abs(z).max() > MAX_COORDINATE:
        raise LatentRangeError(MAX_COORDINATE)
    return z


def ends_of_path(
    model: Model, start: PathEnd, end: PathEnd, chosen: LabelVectors, limits: AudioLimits
) -> tuple[Point, Point]:
    """Both ends of a path; an audio file has its own level and recognised labels, unless others are chosen.

    Points are checked before a file is encoded, which takes time.

    Raises:
        LatentShapeError: z has another number of coordinates than the model.
        LabelError: the model has no such labels.
        AudioError, SilentWindowError: a file cannot be encoded.
    """
    if isinstance(start, AudioEnd):
        last = _end_of_path(model, end, chosen, limits)
        return _end_of_path(model, start, chosen, limits), last
    return _end_of_path(model, start, chosen, limits), _end_of_path(model, end, chosen, limits)


def _end_of_path(model: Model, end: PathEnd, chosen: LabelVectors, limits: AudioLimits) -> Point:
    if isinstance(end, AudioEnd):
        analysis, posterior = analyse(model, end.audio, limits, end.start_s)
        return point_of_upload(model, posterior, chosen, analysis.level_db)
    if isinstance(end, PointEnd):
        labels = label_vectors(model.manifest, end.labels) | chosen
        return point_at(model, np.array(end.z, np.float32), labels, end.level_db)
    return point_at(model, np.array(end, np.float32), chosen)


def path(manifest: Manifest, start: Point, end: Point, steps: int, method: Method) -> list[Point]:
    """`steps` points from start to end, both included; labels and level change evenly on the way."""
    scales = {name: manifest.labels[name] for name in manifest.numbers if name in manifest.labels}

    def at(share: float) -> Point:
        labels = {
            name: between(vector, end.labels[name], share, scales.get(name))
            for name, vector in start.labels.items()
        }
        level_db = (1 - share) * start.level_db + share * end.level_db
        return Point(interpolate(start.z, end.z, share, method), labels, level_db)

    return [at(i / (steps - 1)) for i in range(steps)]


def _z_of_term(model: Model, term: PointTerm | AudioTerm, limits: AudioLimits) -> Float32:
    if isinstance(term, PointTerm):
        return np.array(term.z, np.float32)
    return analyse(model, term.audio, limits, term.start_s)[1].z_mean


def _check_shape(model: Model, n_coordinates: int) -> None:
    if n_coordinates != model.manifest.latent_dim:
        raise LatentShapeError(model.reference, n_coordinates, model.manifest.latent_dim)


def _labels_of(model: Model, component: int, clip: int) -> LabelVectors:
    """The names of a component's clips, and the numbers of one of them."""
    numbers = {name: int(model.latents.labels[name][clip]) for name in model.manifest.numbers}
    names = {name: int(values[component]) for name, values in model.mixture.labels.items()}
    indices = names | numbers
    return {name: one_hot(indices[name], len(values)) for name, values in model.manifest.labels.items()}


def _level_of(model: Model, component: int, labels: LabelVectors) -> float:
    """The level of a sound without one of its own, dBFS."""
    level_db = model.mixture.level_db(component, labels)
    return model.manifest.level_db if level_db is None else level_db
