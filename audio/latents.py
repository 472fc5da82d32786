"""Draws from the distribution of a model's encoded training clips."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from audio.manifest import LatentDistribution, Latents

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Matches = NDArray[np.bool_]  # (n_components,)

JITTER = 1e-6  # of the mean variance: keeps a covariance of few clips positive definite
MIN_VARIANCE = 1e-8  # where all clips of a model fall together


class Draw(NamedTuple):
    """A point and the component it was drawn from."""

    z: Float32  # (latent_dim,)
    component: int


class LatentMixture:
    """One Gaussian for each component of the training clips, weighted by its number of clips.

    Components without clips are left out, so indices are the mixture's own.
    """

    def __init__(
        self,
        clips: Sequence[Float64],
        covariances: Float64,
        labels: Mapping[str, NDArray[np.int64]],
        bandwidth: float,
    ) -> None:
        """Keeps what drawing and comparing need.

        Args:
            clips: of each component, (n_clips, latent_dim).
            covariances: (n_components, latent_dim, latent_dim), positive definite.
            labels: name -> (n_components,), the index of each component's value.
            bandwidth: share of noise in a draw, see `LatentDistribution`.
        """
        self.labels = labels
        self.weights = np.array([len(z) for z in clips]) / sum(len(z) for z in clips)
        self.means = np.stack([z.mean(axis=0) for z in clips])
        self._deviations = [z - mean for z, mean in zip(clips, self.means, strict=True)]
        self._bandwidth = bandwidth
        self._factors = np.linalg.cholesky(covariances)  # L L^T = covariance
        self._whitening = np.linalg.inv(self._factors)
        log_volume = np.log(np.diagonal(self._factors, axis1=1, axis2=2)).sum(axis=1)
        self._log_scale = np.log(self.weights) - log_volume  # (n_components,)

    @classmethod
    def fit(cls, latents: Latents, distribution: LatentDistribution) -> Self:
        """The mixture that the manifest describes, fitted to the clips of latents.npz."""
        z = latents.z_mean.astype(np.float64)
        members = [np.flatnonzero(latents.component == c) for c in np.unique(latents.component)]
        clips = [z[m] for m in members]
        own = np.stack([_covariance(zs) for zs in clips])  # (n_components, latent_dim, latent_dim)
        pooled = np.average(own, axis=0, weights=[len(zs) for zs in clips])
        covariances = distribution.own_share * own + (1 - distribution.own_share) * pooled
        latent_dim = z.shape[1]
        jitter = JITTER * np.trace(pooled) / latent_dim + MIN_VARIANCE
        labels = {
            name: np.array([np.bincount(values[m]).argmax() for m in members])
            for name, values in latents.labels.items()
        }
        return cls(clips, covariances + jitter * np.eye(latent_dim), labels, distribution.bandwidth)

    def matching(self, asked: Mapping[str, Float32]) -> Matches:
        """Which components have, for every asked label, a value of some weight."""
        matches = np.ones(self.weights.size, np.bool_)
        for name, vector in asked.items():
            matches &= vector[self.labels[name]] > 0
        return matches

    def sample(self, rng: np.random.Generator, temperature: float, among: Matches) -> Draw:
        """A point of one of the components `among`, at least one; temperature 0 gives its mean."""
        weights = np.where(among, self.weights, 0)
        component = int(rng.choice(weights.size, p=weights / weights.sum()))
        noise = self._factors[component] @ rng.standard_normal(self.means.shape[1])
        deviation = self._bandwidth * noise
        if self._bandwidth < 1:
            deviation += np.sqrt(1 - self._bandwidth**2) * rng.choice(self._deviations[component])
        z = self.means[component] + temperature * deviation
        return Draw(z.astype(np.float32), component)

    def carried(self, z: Float32, heard: Mapping[str, Float32], asked: Mapping[str, Float32]) -> Float32:
        """The point that z would be, had its clip other labels: moved from the middle of ones to the other's.

        A z of many coordinates says much of the voice and the word, whatever labels it is decoded with.

        Args:
            z: float32 of shape (latent_dim,).
            heard: name -> weights of the values that the clip has.
            asked: the same names, the weights that it shall have.
        """
        return np.asarray(z + self._middle(asked) - self._middle(heard), np.float32)

    def most_probable(self, z: Float32, among: Matches) -> int:
        """The component of `among`, at least one, that z comes from most probably."""
        white = np.einsum("kij,kj->ki", self._whitening, z - self.means)
        log_density = self._log_scale - 0.5 * (white**2).sum(axis=1)
        return int(np.argmax(np.where(among, log_density, -np.inf)))

    def _middle(self, labels: Mapping[str, Float32]) -> Float64:
        """The mean of the clips of these labels; where no clip has them together, from each label alone."""
        alone = [self.weights * vector[self.labels[name]] for name, vector in labels.items()]
        together = self.weights.copy()
        for name, vector in labels.items():
            together *= vector[self.labels[name]]
        if together.any():
            return np.asarray(together @ self.means / together.sum())
        overall = self.weights @ self.means
        return np.asarray(overall + sum(w @ self.means / w.sum() - overall for w in alone if w.any()))


def _covariance(z: Float64) -> Float64:
    """The covariance of the rows of z, of maximum likelihood; zeros for one row."""
    centred = z - z.mean(axis=0)
    return np.asarray(centred.T @ centred / z.shape[0], np.float64)
