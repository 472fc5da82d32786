"""The state that the handlers share: settings, queue, models, and whether the service accepts work."""

import logging
from typing import Literal

from audio.errors import ModelDirectoryError
from service.errors import NotReadyError, StoreError
from service.metrics import MODEL, MODELS_UNAVAILABLE
from service.settings import Settings
from service.sound.store import Store
from service.work_queue import WorkQueue

logger = logging.getLogger(__name__)

State = Literal["starting", "ready", "draining", "broken"]


class Runtime:
    """The settings, the queue and, once the models are open, the store.

    starting ──▶ ready ──▶ draining;  starting ──▶ broken, after which the server exits.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.queue = WorkQueue(settings.concurrency, settings.queue_limit, settings.deadline_s)
        self.state: State = "starting"
        self.cause: Exception | None = None  # of being broken
        self._store: Store | None = None

    def open(self) -> None:
        """Opens the models. `state` is then "ready", or "broken" with the reason in one line of the log."""
        settings, opened = self.settings, False
        try:
            self._store = Store.open(settings.models_dir, settings.default_model, settings.provider)
            opened = True
            for model in self._store:
                name, version = model.manifest.name, model.manifest.version
                MODEL.labels(name, version, model.autoencoder.providers[0]).set(1)
            MODELS_UNAVAILABLE.set(len(self._store.unavailable))
        except (ModelDirectoryError, StoreError, OSError) as error:
            self.cause = error
            logger.critical("cannot start: %s", error)
        finally:
            if self.state == "starting":
                self.state = "ready" if opened else "broken"

    def drain(self) -> None:
        """Makes `check_ready` raise from here on; requests that still arrive are answered."""
        self.state = "draining"

    @property
    def store(self) -> Store:
        """The open models.

        Raises:
            NotReadyError: they are not open.
        """
        if self._store is None:
            raise NotReadyError(self.state)
        return self._store

    def check_ready(self) -> None:
        """Raise unless new work is accepted.

        Raises:
            NotReadyError: it is not.
        """
        if self.state != "ready":
            raise NotReadyError(self.state)
