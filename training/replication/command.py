"""Runs experiments one after the other, skips those that are up to date, and writes the page after each."""

import logging
import time
from collections.abc import Sequence
from typing import Protocol

from training.errors import ConfigError, RecordingsError
from training.replication import (
    cost,
    images,
    istft,
    mnist,
    recommendations,
    spectrogram_autoencoder,
    stft,
    vae,
)
from training.replication.page import page_of
from training.replication.results import Figures, Results, Settings, load_results, save_results
from training.replication.workshop import Workshop

log = logging.getLogger(__name__)


class Experiment(Protocol):
    """The interface of a module of this package."""

    def settings(self, workshop: Workshop) -> Settings:
        """What the figures depend on."""

    def run(self, workshop: Workshop) -> Figures:
        """Plots the images and returns the figures."""


EXPERIMENTS: dict[str, Experiment] = {  # later ones may need earlier ones
    "stft": stft,
    "images": images,
    "mnist": mnist,
    "spectrogram_autoencoder": spectrogram_autoencoder,
    "istft": istft,
    "vae": vae,
    "cost": cost,
    "recommendations": recommendations,
}


def replicate(workshop: Workshop, names: Sequence[str], *, again: bool) -> None:
    """Runs the named experiments, all where none is named, and writes the page.

    Args:
        workshop: the options.
        names: of experiments.
        again: whether to run those that are up to date too.

    Raises:
        ConfigError: there is no such experiment.
        RecordingsError: an input file or folder is missing.
        RunError: an experiment cannot be done.
    """
    _check(workshop, names)
    workshop.folder.mkdir(parents=True, exist_ok=True)
    for name in names or EXPERIMENTS:
        experiment = EXPERIMENTS[name]
        settings = experiment.settings(workshop)
        found = None if again else load_results(workshop.folder, name)
        if found is not None and found.settings == settings:
            log.info("%s: up to date (--again replaces it)", name)
        else:
            log.info("%s: %s", name, ", ".join(f"{key} {value}" for key, value in settings.items()))
            started = time.monotonic()
            figures = experiment.run(workshop)
            seconds = round(time.monotonic() - started)
            save_results(workshop.folder, name, Results(settings=settings, figures=figures, seconds=seconds))
        workshop.page.write_text(page_of(workshop.folder), encoding="utf-8")
    log.info("%s", workshop.page)


def _check(workshop: Workshop, names: Sequence[str]) -> None:
    for name in names:
        if name not in EXPERIMENTS:
            raise ConfigError(f"there is no experiment {name}: {', '.join(EXPERIMENTS)}")
    if workshop.recordings is not None and not workshop.recordings.is_dir():
        raise RecordingsError(f"{workshop.recordings} is not a folder of recordings")
    for path in (workshop.mnist, workshop.sound):
        if path is not None and not path.is_file():
            raise RecordingsError(f"{path} is not a file")
