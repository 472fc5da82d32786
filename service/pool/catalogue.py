"""The open models, as the front process knows them."""

from service.contract.tasks import Opened, OpenModel
from service.versions import Versions


class Catalogue(Versions[OpenModel]):
    """What the workers have open."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened.models, opened.default)
        self.unavailable = opened.unavailable
