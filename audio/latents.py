"""Samples from the distribution of a model's encoded training clips, and label conversion."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.densities import LogDensities
from audio.manifest import LatentDistribution
from audio.model_directory import Latents
from audio.nearness import NARROW, near_clips, places_of

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Matches = NDArray[np.bool_]  # (n_components,)
Indices = NDArray[np.intp]
Labels = Mapping[str, Float32]  # name -> weights of its values, (n_values,)

NOTHING: Labels = {}  # asked for
JITTER = 1e-6  # of the mean variance: keeps a covariance of few clips positive definite
MIN_VARIANCE = 1e-8  # where all clips of a model fall together
N_LIKE, LIKENESS = 3, 0.5  # of the clips nearest to a converted point, and how far it moves to their mean
SMALL_SHARE = 1e-3  # of a component of which labels have hardly any weight
BETWEEN = (0.4, 0.6)  # of the way to a neighbour: nearer to either, a sample would be that clip again


class Sample(NamedTuple):
    """A sampled point, its component and the training clip that it is near to."""

    z: Float32  # (latent_dim,)
    component: int
    clip: int  # index into the latents


class _Cloud(NamedTuple):
    """Clips of a component around their mean."""

    mean: Float64  # (latent_dim,)
    deviations: Float64  # (n_clips, latent_dim)
    clips: Indices  # (n_clips,), indices into the latents
    shares: Float64 | None = None  # (n_clips,), in sum 1; None where all count alike


class LatentMixture:
    """One Gaussian for each component of the training clips, weighted by its number of clips.

    Components without clips are left out, so indices are the mixture's own. A component holds clips of many
    pitches where the pitch is a number: what is asked at a pitch comes from the clips that are near to it.
    """

    def __init__(
        self, latents: Latents, distribution: LatentDistribution, numbers: Collection[str] = frozenset()
    ) -> None:
        """Fits it, and precomputes what sampling and comparing need.

        Args:
            latents: the encoded training clips.
            distribution: how the clips determine the covariances, and how near to the clips a sample is.
            numbers: the labels whose values are numbers.
        """
        self._z = latents.z_mean
        self._members = [np.flatnonzero(latents.component == c) for c in np.unique(latents.component)]
        self.labels = {
            name: np.array([np.bincount(values[m]).argmax() for m in self._members])
            for name, values in latents.labels.items()
        }
        self._numbers = frozenset(numbers)
        self._places = [places_of(latents.labels, sorted(numbers), m) for m in self._members]
        self._level_db = latents.level_db
        n_clips = sum(map(len, self._members))
        self.weights = np.array([len(m) for m in self._members]) / n_clips
        self.means = np.stack([self._clips(c).mean(axis=0) for c in range(len(self._members))])
        self._distribution = distribution
        deviations = [self._deviations(c) for c in range(len(self._members))]
        pooled = np.sum([d.T @ d for d in deviations], axis=0) / n_clips
        latent_dim = self.means.shape[1]
        jitter = JITTER * np.trace(pooled) / latent_dim + MIN_VARIANCE
        self._shared = (1 - distribution.own_share) * pooled + jitter * np.eye(latent_dim)
        self._log_densities = LogDensities(self.means, [self._spread(d) for d in deviations], self._shared)

    def matching(self, asked: Labels) -> Matches:
        """Whether each component has every asked label. Labels that are numbers do not count."""
        return np.asarray(self._n_matching(asked) == len(self._names_of(asked)))

    def nearest(self, asked: Labels) -> Matches:
        """Whether each component has as many asked labels as the best one. Numbers do not count."""
        n_matching = self._n_matching(asked)
        return np.asarray(n_matching == n_matching.max())

    def _n_matching(self, asked: Labels) -> NDArray[np.int64]:
        """The number of asked labels that each component has, (n_components,). Numbers do not count."""
        has = [asked[name][self.labels[name]] > 0 for name in self._names_of(asked)]
        return np.asarray(np.sum(has, axis=0)) if has else np.zeros(self.weights.size, np.int64)

    def distance(self, asked: Labels, among: Matches) -> float:
        """The number of label values between the asked numbers and the nearest clip of these components."""
        numbers = self._numbers_of(asked)
        if not numbers:
            return 0.0
        return min(near_clips(self._places[c], numbers).distance for c in np.flatnonzero(among))

    def nearest_clip(self, z: Float32, component: int) -> int:
        """The training clip of a component that lies nearest to z, as an index into the latents."""
        distances = np.square(self._clips(component) - z).sum(axis=1)
        return int(self._members[component][distances.argmin()])

    def level_db(self, component: int, asked: Labels) -> float | None:
        """The mean level in dBFS of a component's clips at asked numbers; None where levels are not known."""
        numbers = self._numbers_of(asked)
        if self._level_db is None or not numbers:
            return None
        near = near_clips(self._places[component], numbers, NARROW)
        return float(near.shares @ self._level_db[self._members[component][near.clips]])

    def sample(
        self, rng: np.random.Generator, temperature: float, among: Matches, asked: Labels = NOTHING
    ) -> Sample:
        """A point of one of the components `among`, at least one; temperature 0 gives its mean.

        Args:
            rng: chooses the component and the point.
            temperature: how far from the mean.
            among: (n_components,).
            asked: labels. The clips near to asked numbers are those that count.
        """
        weights = np.where(among, self.weights, 0)
        if numbers := self._numbers_of(asked):
            nearest = np.array([near_clips(places, numbers).distance for places in self._places])
            weights = np.where(nearest <= nearest[among].min() + 1, weights, 0)
        component = int(rng.choice(weights.size, p=weights / weights.sum()))
        cloud = self._cloud(component, asked)
        noise, bandwidth = rng.standard_normal(self.means.shape[1]), self._distribution.bandwidth
        deviation = np.zeros_like(noise)
        if bandwidth > 0:
            deviation += bandwidth * (self._factor(component) @ noise)
        if bandwidth < 1:
            deviation += np.sqrt(1 - bandwidth**2) * self._near_clips(rng, cloud)
        nearest_clip = np.argmin(np.square(cloud.deviations - deviation).sum(axis=1))
        z = cloud.mean + temperature * deviation
        return Sample(z.astype(np.float32), component, int(cloud.clips[nearest_clip]))

    def converted(self, z: Float32, current: Labels, wanted: Labels) -> Float32:
        """The point of the same clip with other labels.

        A z of many dimensions contains much of the labels, whatever labels it is decoded with. So it is moved
        by the difference of the means of the clips with either labels, and from there part of the way to the
        nearest clips.

        Args:
            z: float32 of shape (latent_dim,).
            current: name -> weights of the values that the clip has.
            wanted: the same names, the weights that it shall have; equal ones leave z unchanged.
        """
        deviation = z - self._mean_of(current)
        converted = self._mean_of(wanted) + deviation
        here, there = self._shares(current), self._shares(wanted)
        numbers = self._numbers_of(wanted)
        moved = [np.abs(there - here), *(np.abs(numbers[name] - current[name]) for name in numbers)]
        changed = max(weights.sum() / 2 for weights in moved)  # 0 to 1
        for component in np.flatnonzero(there > SMALL_SHARE).tolist():
            nearest = self._nearest(self._cloud(component, wanted).deviations, deviation, N_LIKE)
            if len(nearest) == N_LIKE:
                beside = nearest.mean(axis=0) - deviation
                converted += LIKENESS * changed * there[component] * beside
        return np.asarray(converted, np.float32)

    def _clips(self, component: int) -> Float64:
        """The points of a component's clips, (n_clips, latent_dim)."""
        return np.asarray(self._z[self._members[component]], np.float64)

    def _deviations(self, component: int) -> Float64:
        """The same from their mean."""
        return np.asarray(self._clips(component) - self.means[component])

    def _names_of(self, labels: Labels) -> list[str]:
        return [name for name in labels if name not in self._numbers]

    def _numbers_of(self, labels: Labels) -> dict[str, Float32]:
        return {name: weights for name, weights in labels.items() if name in self._numbers}

    def _cloud(self, component: int, asked: Labels) -> _Cloud:
        """The clips of a component that are near to asked numbers; all of them where none is asked."""
        deviations, members = self._deviations(component), self._members[component]
        numbers = self._numbers_of(asked)
        if not numbers:
            return _Cloud(self.means[component], deviations, members)
        near = near_clips(self._places[component], numbers)
        beside = near.shares @ deviations[near.clips]
        mean = self.means[component] + beside
        return _Cloud(mean, deviations[near.clips] - beside, members[near.clips], near.shares)

    def _near_clips(self, rng: np.random.Generator, cloud: _Cloud) -> Float64:
        """The deviation of one of the clips, or of a point between it and one of its neighbours."""
        clips = cloud.deviations
        clip = rng.choice(clips, p=cloud.shares)
        n_neighbours = min(self._distribution.n_neighbours, len(clips) - 1)
        if not n_neighbours:
            return np.asarray(clip)
        neighbour = rng.choice(self._nearest(clips, clip, n_neighbours + 1)[1:])  # the nearest is itself
        return np.asarray(clip + rng.uniform(*BETWEEN) * (neighbour - clip))

    @staticmethod
    def _nearest(clips: Float64, point: Float64, n_clips: int) -> Float64:
        """The at most `n_clips` clips nearest to a point, nearest first, (n, latent_dim)."""
        order = np.argsort(np.square(clips - point).sum(axis=1), kind="stable")
        return np.asarray(clips[order[:n_clips]])

    def most_probable(self, z: Float32, among: Matches) -> int:
        """The component of `among`, at least one, that z comes from most probably."""
        candidates = np.flatnonzero(among)
        if candidates.size == 1:
            return int(candidates[0])
        log_density = np.log(self.weights) + self._log_densities(z.astype(np.float64))
        return int(np.argmax(np.where(among, log_density, -np.inf)))

    def _factor(self, component: int) -> Float64:
        """L of a component's covariance L L^T, (latent_dim, latent_dim)."""
        spread = self._spread(self._deviations(component))
        return np.asarray(np.linalg.cholesky(self._shared + spread.T @ spread))

    def _spread(self, deviations: Float64) -> Float64:
        """S of a component's own part S^T S of its covariance, of the shape of its deviations."""
        return np.asarray(np.sqrt(self._distribution.own_share / len(deviations)) * deviations)

    def _shares(self, labels: Labels) -> Float64:
        """How much of each component the labels are, in sum 1; all 0 where no clip has them together."""
        together = self.weights.copy()
        for name in self._names_of(labels):
            together *= labels[name][self.labels[name]]
        return np.asarray(together / (together.sum() or 1.0))

    def _mean_of(self, labels: Labels) -> Float64:
        """The mean of the clips of these labels; where no clip has them together, from each label alone."""
        shares = self._shares(labels)
        if shares.any():
            parts = np.flatnonzero(shares).tolist()
            return np.asarray(shares[parts] @ np.stack([self._cloud(c, labels).mean for c in parts]))
        alone = [self.weights * labels[name][self.labels[name]] for name in self._names_of(labels)]
        overall = self.weights @ self.means
        return np.asarray(overall + sum(w @ self.means / w.sum() - overall for w in alone if w.any()))
