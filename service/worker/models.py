"""The models of the settings, opened where tasks are computed."""

from service.memory import thrifty_memory
from service.messages import Failure
from service.sound.store import Store
from service.stages import taken_stages
from service.worker_settings import WorkerSettings


def open_models(settings: WorkerSettings) -> Store | Failure:
    """The models, or why they cannot be opened, which the front process reports."""
    try:
        with thrifty_memory():
            return Store.open(settings.models_dir, settings.default_model, settings.provider, settings.models)
    except Exception as error:  # whatever it is, the front process reports it
        return Failure.of(error)
    finally:
        taken_stages()  # each network has run once, for no request
