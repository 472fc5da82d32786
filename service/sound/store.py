"""The models of the service: found, verified, opened and warm."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from audio.errors import ModelDirectoryError
from audio.latents import LatentMixture
from audio.manifest import Manifest
from audio.model_directory import Latents, load_latents, load_manifest, versions_of
from audio.spectrogram import SpectrogramTransform
from service.contract.answers import UnavailableModel
from service.errors import MisplacedModelError, NoModelsError, StoreError, UnknownModelError
from service.sound.autoencoder import Autoencoder
from service.versions import Versions
from service.worker_settings import Provider

logger = logging.getLogger(__name__)

N_AT_ONCE = 2  # models that are being opened: on two cores more are hardly faster, and each takes memory


@dataclass(frozen=True, eq=False)
class Model:
    """One version of one model, open and ready; equal to no other object."""

    manifest: Manifest
    transform: SpectrogramTransform
    autoencoder: Autoencoder
    mixture: LatentMixture
    latents: Latents

    @classmethod
    def open(cls, directory: Path, provider: Provider) -> Self:
        """The model in models/<name>/<version>, with verified checksums and networks that have run once.

        Raises:
            ModelDirectoryError: the directory does not match its manifest.
            StoreError: the manifest is another model's, or a network does not load or run.
            OSError: a file cannot be read.
        """
        manifest = load_manifest(directory)
        if (directory.parent.name, directory.name) != (manifest.name, str(manifest.version)):
            raise MisplacedModelError(directory, manifest.name, manifest.version)
        latents = load_latents(directory, manifest)
        mixture = LatentMixture(latents, manifest.latent_distribution, manifest.numbers)
        autoencoder = Autoencoder.open(directory, manifest, provider)
        return cls(manifest, SpectrogramTransform(manifest.spectrogram), autoencoder, mixture, latents)

    @property
    def reference(self) -> str:
        """`name@version`, which selects exactly this model."""
        return f"{self.manifest.name}@{self.manifest.version}"


class Store(Versions[Model]):
    """The models below one directory."""

    def __init__(
        self, models: list[Model], default: str, directory: Path, unavailable: list[UnavailableModel]
    ) -> None:
        """Indexes the models.

        Raises:
            NoModelsError: there is no model, or the default one is missing.
        """
        self.unavailable = unavailable
        if not models:
            raise NoModelsError(directory, "holds no model")
        try:
            super().__init__(models, default)
        except UnknownModelError as error:
            known = ", ".join(error.known)
            reason = f"holds no {default!r}, the default model; there are {known}"
            raise NoModelsError(directory, reason) from error

    @classmethod
    def open(
        cls, directory: Path, default: str, provider: Provider = "auto", chosen: Sequence[str] = ()
    ) -> Self:
        """Every model below `directory` that opens. The others are in `unavailable` and in the log.

        They are opened two at a time, the largest first, so that both threads end at about the same time.

        Args:
            directory: the models directory.
            default: `name` or `name@version` of the model that has to open.
            provider: where the networks run.
            chosen: `name` (all its versions) or `name@version` of the models to open; none means all.

        Raises:
            ModelDirectoryError, StoreError, OSError: the default model does not open, see `Model.open`.
            NoModelsError: there is no model, or the default one is missing.
        """
        folders = [folder for folder in _model_folders(directory) if _is_chosen(folder, chosen)]
        needed = _folder_of(default, directory)
        models, unavailable = [], []
        largest_first = sorted(folders, key=_n_bytes, reverse=True)
        threads = ThreadPoolExecutor(N_AT_ONCE)
        try:
            opening = {folder: threads.submit(Model.open, folder, provider) for folder in largest_first}
            for folder in sorted(folders, key=lambda folder: folder != needed):  # the needed one first
                try:
                    models.append(opening[folder].result())
                except (ModelDirectoryError, StoreError, OSError) as error:
                    if folder == needed:
                        raise
                    logger.error("%s is left out: %s", folder, error)
                    reason = str(error).replace(f"{directory}/", "").replace(f"{directory.resolve()}/", "")
                    name = folder.relative_to(directory).as_posix()
                    unavailable.append(UnavailableModel(directory=name, reason=reason))
        finally:
            threads.shutdown(cancel_futures=True)  # after an error no further model is opened
        return cls(models, default, directory, unavailable)

    def versions(self, name: str) -> list[int]:
        """The versions of a model, the newest first."""
        return [m.manifest.version for m in self if m.manifest.name == name]


def _model_folders(directory: Path) -> list[Path]:
    """Every folder name/version, whatever it holds, and every folder `name` that has no folder."""
    found: list[Path] = []
    for name in _folders(directory):
        try:
            found += _folders(name) or [name]
        except OSError:  # it cannot be listed, so it cannot be opened either
            found.append(name)
    return found


def _folders(directory: Path) -> list[Path]:
    """The visible folders in a directory, none if it does not exist."""
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir() if path.is_dir() and not path.name.startswith("."))


def _n_bytes(folder: Path) -> int:
    """How much is in a folder, as far as it can be read."""
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0


def _is_chosen(folder: Path, chosen: Sequence[str]) -> bool:
    return not chosen or bool({folder.parent.name, f"{folder.parent.name}@{folder.name}"} & set(chosen))


def _folder_of(reference: str, directory: Path) -> Path | None:
    """The folder of `name@version`, or of the newest version of `name`, or None if there is none."""
    name, _, version = reference.partition("@")
    folders = [folder for folder in versions_of(directory / name) if version in ("", folder.name)]
    return folders[-1] if folders else None
