"""Models by `name`, which is the newest version, and by `name@version`."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from service.errors import UnknownModelError


class Referenced(Protocol):
    """A version of a model."""

    @property
    def reference(self) -> str:
        """`name@version`."""


M = TypeVar("M", bound=Referenced)


class Versions(Generic[M]):
    """Versions of models, by name, the newest of each first."""

    def __init__(self, models: Iterable[M], default: str) -> None:
        """Indexes the models.

        Raises:
            UnknownModelError: the default one is missing.
        """
        self._models = sorted(models, key=_order)
        self._by_reference = {model.reference: model for model in self._models}
        for model in reversed(self._models):  # the newest version comes last and stays
            self._by_reference[model.reference.partition("@")[0]] = model
        self.default = self.get(default)

    def __iter__(self) -> Iterator[M]:
        return iter(self._models)

    def get(self, reference: str | None) -> M:
        """The model of `name` or `name@version`; for None the default one.

        Raises:
            UnknownModelError: there is no such model or version.
        """
        if reference is None:
            return self.default
        if reference not in self._by_reference:
            raise UnknownModelError(reference, [model.reference for model in self._models])
        return self._by_reference[reference]


def _order(model: Referenced) -> tuple[str, int]:
    name, _, version = model.reference.partition("@")
    return name, -int(version)
