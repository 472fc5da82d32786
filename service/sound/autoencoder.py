"""The networks of a model in ONNX Runtime; their tensors have names."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audio.harmonic_pitch import with_found_pitch
from audio.harmonics import with_sharp_harmonics
from audio.manifest import Manifest, Network, Refiner
from audio.refinement import refined
from service.contract.inference import Network as NetworkName
from service.errors import BrokenModelError, NoGpuError
from service.sound.sessions import CUDA, LOAD_ERRORS, first_line, open_session, open_sharing
from service.stages import stage
from service.worker_settings import Provider

Float32 = NDArray[np.float32]
Labelled: TypeAlias = tuple[Float32, Mapping[str, Float32]]  # z and the labels of a point

logger = logging.getLogger(__name__)


class Posterior(NamedTuple):
    """The distribution of z for one clip, and the labels that are recognised in it."""

    z_mean: Float32  # (latent_dim,)
    z_log_var: Float32 | None  # (latent_dim,), None for a model without variance
    labels: dict[str, Float32]  # name -> (n_values,), probabilities


class Autoencoder:
    """The encoder, the decoder and any refiner of a model; safe to use from several threads."""

    def __init__(self, encoder: Any, decoder: Any, refiner: Any, manifest: Manifest) -> None:
        self._encoder, self._decoder, self._refiner, self._manifest = encoder, decoder, refiner, manifest
        self._exact_together: dict[int, bool] = {}  # batch size -> whether its bits are those of each alone

    @classmethod
    def open(cls, directory: Path, manifest: Manifest, provider: Provider) -> Self:
        """All networks of a model, loaded, checked against the manifest and run once.

        Raises:
            BrokenModelError: a network does not load, does not run, or does not match the manifest.
            NoGpuError: `provider` is "cuda", and ONNX Runtime does not use it.
        """
        encoder = open_session(directory, manifest.encoder, provider)
        if manifest.refiner:  # its steps lead through the decoder
            both = [manifest.decoder, manifest.refiner]
            decoder, refiner = open_sharing(directory, both, provider)
        else:
            decoder, refiner = open_session(directory, manifest.decoder, provider), None
        autoencoder = cls(encoder, decoder, refiner, manifest)
        if provider == "cuda" and CUDA not in autoencoder.providers:
            raise NoGpuError(f"{manifest.name}@{manifest.version}")
        try:
            autoencoder._warm()
        except (*LOAD_ERRORS, ValueError) as error:
            raise BrokenModelError(directory, f"its networks do not run: {first_line(error)}") from error
        logger.info("%s@%d runs on %s", manifest.name, manifest.version, ", ".join(autoencoder.providers))
        return autoencoder

    @property
    def providers(self) -> list[str]:
        """The execution providers that encoder and decoder really got, the preferred one first."""
        granted = self._decoder.get_providers()
        return [p for p in self._encoder.get_providers() if p in granted]

    def encode(self, log_magnitude: Float32) -> Posterior:
        """The posterior of one spectrogram, with a refined mean if the model has a refiner.

        Args:
            log_magnitude: float32 of shape image_shape in [0, 1].
        """
        image = log_magnitude[None, :, :, None].astype(np.float32, copy=False)  # (1, H, W, 1)
        posterior = self._amortised(image)
        refiner = self._manifest.refiner
        return self._refine(image, posterior, refiner) if refiner else posterior

    @property
    def networks(self) -> Mapping[NetworkName, Network]:
        """The encoder and the decoder as the manifest has them."""
        return {"encoder": self._manifest.encoder, "decoder": self._manifest.decoder}

    def run(
        self, network: NetworkName, outputs: list[str], feed: Mapping[str, Float32]
    ) -> dict[str, Float32]:
        """The outputs of one network for a batch of inputs, without refinement.

        Args:
            network: the encoder or the decoder.
            outputs: their names.
            feed: every input of the network, float32 of its shape, the batch first.
        """
        session, name = (self._encoder, "encode") if network == "encoder" else (self._decoder, "decoder")
        with stage(name):
            return dict(zip(outputs, session.run(outputs, dict(feed)), strict=True))

    def decode(self, z: Float32, labels: Mapping[str, Float32]) -> Float32:
        """The log magnitude of the spectrogram at a point, float32 of shape image_shape in [0, 1].

        Args:
            z: float32 of shape (latent_dim,).
            labels: every label's name -> (n_values,), weights that sum to 1.
        """
        (image,) = self.decode_together([(z, labels)])
        return image

    def decode_together(self, points: Sequence[Labelled]) -> list[Float32]:
        """The log magnitudes at several points, float32 of shape image_shape in [0, 1] each.

        They have the same bits that `decode` gives. A batch takes less time than its points one by one: the
        first batch of each size is computed both ways, and where the bits differ, later ones are computed one
        by one.

        Args:
            points: z and labels of each, as `decode` takes them.
        """
        n = len(points)
        with stage("decoder", n):
            if n == 1 or self._exact_together.get(n):
                images = self._decoded(points)
            else:
                images = np.concatenate([self._decoded([point]) for point in points])
                if n not in self._exact_together:
                    self._exact_together[n] = np.array_equal(images, self._decoded(points))
            pairs = zip(images, points, strict=True)
            return [with_sharp_harmonics(image, labels, self._manifest) for image, (_, labels) in pairs]

    def _decoded(self, points: Sequence[Labelled]) -> Float32:
        """The output of the decoder for a batch of points, float32 of shape (n_points, H, W)."""
        feed = {name: np.stack([labels[name] for _, labels in points]) for name in self._manifest.labels}
        (images,) = self._decoder.run(["log_magnitude"], feed | {"z": np.stack([z for z, _ in points])})
        return np.asarray(images[..., 0])

    @stage("encode")
    def _amortised(self, image: Float32) -> Posterior:
        """The posterior that the encoder gives, with the pitch that the harmonics have."""
        names = list(self._manifest.encoder.outputs)
        outputs = self._encoder.run(names, {"log_magnitude": image})
        first = {name: output[0] for name, output in zip(names, outputs, strict=True)}
        labels = {name: first[name] for name in self._manifest.labels}
        labels = with_found_pitch(labels, image[0, :, :, 0], self._manifest)
        return Posterior(first["z_mean"], first.get("z_log_var"), labels)

    @stage("refine")
    def _refine(self, image: Float32, posterior: Posterior, refiner: Refiner) -> Posterior:
        """The posterior, with the mean from which the decoder reconstructs the spectrogram best."""
        labels = {name: vector[None] for name, vector in posterior.labels.items()}

        def step(clip: Float32, z: Float32) -> Float32:
            (found,) = self._refiner.run(["step"], {"log_magnitude": clip, "z": z} | labels)
            return np.asarray(found)

        return posterior._replace(z_mean=refined(image, posterior.z_mean[None], step, refiner)[0])

    def _warm(self) -> None:
        """Runs each network once, which allocates memory, and compares the outputs with the manifest.

        Raises:
            ValueError: an output is not finite or has another shape.
        """
        manifest = self._manifest
        posterior = self.encode(np.zeros(manifest.spectrogram.image_shape, np.float32))
        uniform = {n: np.full(len(v), 1 / len(v), np.float32) for n, v in manifest.labels.items()}
        image = self.decode(posterior.z_mean, uniform)
        expected = {"z_mean": (manifest.latent_dim,), "log_magnitude": manifest.spectrogram.image_shape}
        expected |= {name: (len(values),) for name, values in manifest.labels.items()}
        for name, array in {"z_mean": posterior.z_mean, "log_magnitude": image, **posterior.labels}.items():
            if array.shape != expected[name] or not np.isfinite(array).all():
                raise ValueError(f"{name} of shape {array.shape} is not finite or not {expected[name]}")
