"""The open models, as the front process knows them."""

from collections.abc import Iterator

from service.contract.answers import UnavailableModel
from service.contract.tasks import Opened, OpenModel
from service.errors import UnknownModelError


class Catalogue:
    """What the workers have open; `name` selects the newest version of a model, `name@version` that one."""

    def __init__(self, opened: Opened) -> None:
        self.unavailable: list[UnavailableModel] = opened.unavailable
        self._models = opened.models
        self._by_reference = {model.reference: model for model in self._models}
        for model in reversed(self._models):  # the newest version comes last and stays
            self._by_reference[model.answer.name] = model
        self.default = self._by_reference[opened.default]

    def __iter__(self) -> Iterator[OpenModel]:
        """All models by name, the newest version of each first."""
        return iter(self._models)

    def get(self, reference: str | None) -> OpenModel:
        """The model of `name` or `name@version`; for None the default one.

        Raises:
            UnknownModelError: there is no such model or version.
        """
        if reference is None:
            return self.default
        if reference not in self._by_reference:
            raise UnknownModelError(reference, [model.reference for model in self._models])
        return self._by_reference[reference]
