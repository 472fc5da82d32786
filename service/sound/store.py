"""The models of the service: found, verified, opened and warm."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from audio.latents import LatentMixture
from audio.manifest import MANIFEST_FILE, Latents, Manifest, load_latents, load_manifest
from audio.spectrogram import SpectrogramTransform
from service.errors import MisplacedModelError, NoModelsError, UnknownModelError
from service.sound.autoencoder import Autoencoder

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Model:
    """One version of one model, open and ready; equal to no other object."""

    manifest: Manifest
    transform: SpectrogramTransform
    autoencoder: Autoencoder
    mixture: LatentMixture
    latents: Latents

    @classmethod
    def open(cls, directory: Path) -> Self:
        """The model in models/<name>/<version>, with verified checksums and networks that have run once.

        Raises:
            ModelDirectoryError: the directory does not match its manifest.
            StoreError: the manifest is another model's, or a network does not load or run.
        """
        manifest = load_manifest(directory)
        if (directory.parent.name, directory.name) != (manifest.name, str(manifest.version)):
            raise MisplacedModelError(directory, manifest.name, manifest.version)
        latents = load_latents(directory, manifest)
        return cls(
            manifest,
            SpectrogramTransform(manifest.spectrogram),
            Autoencoder.open(directory, manifest),
            LatentMixture.fit(latents, manifest.latent_distribution),
            latents,
        )

    @property
    def reference(self) -> str:
        """`name@version`, which selects exactly this model."""
        return f"{self.manifest.name}@{self.manifest.version}"


class Store:
    """Every model below one directory; `name` selects its newest version, `name@version` that version."""

    def __init__(self, models: list[Model], default: str, directory: Path) -> None:
        """Indexes the models.

        Raises:
            NoModelsError: there is no model, or the default one is missing.
        """
        self._models = sorted(models, key=lambda m: (m.manifest.name, -m.manifest.version))
        self._by_reference = {m.reference: m for m in self._models}
        for model in reversed(self._models):  # the newest version comes last and stays
            self._by_reference[model.manifest.name] = model
        if not models:
            raise NoModelsError(directory, "holds no model")
        if default not in self._by_reference:
            known = ", ".join(m.reference for m in self._models)
            raise NoModelsError(directory, f"holds no {default!r}, the default model; there are {known}")
        self.default = self._by_reference[default]

    @classmethod
    def open(cls, directory: Path, default: str) -> Self:
        """All models below `directory`. One bad model is an error.

        Raises:
            ModelDirectoryError, StoreError: see `Model.open`.
            NoModelsError: there is no model, or the default one is missing.
        """
        return cls([Model.open(found) for found in _find(directory)], default, directory)

    def __iter__(self) -> Iterator[Model]:
        """All models by name, the newest version of each first."""
        return iter(self._models)

    def get(self, reference: str | None) -> Model:
        """The model of `name` or `name@version`; for None the default one.

        Raises:
            UnknownModelError: there is no such model or version.
        """
        if reference is None:
            return self.default
        if reference not in self._by_reference:
            raise UnknownModelError(reference, [m.reference for m in self._models])
        return self._by_reference[reference]

    def versions(self, name: str) -> list[int]:
        """The versions of a model, the newest first."""
        return [m.manifest.version for m in self._models if m.manifest.name == name]


def _find(directory: Path) -> Iterator[Path]:
    """The directories name/version that have a manifest. It is written last, so they are complete."""
    for candidate in sorted(directory.glob("[!.]*/[!.]*/")):
        if (candidate / MANIFEST_FILE).is_file():
            yield candidate
        else:
            logger.warning("%s has no %s and is left out", candidate, MANIFEST_FILE)
