"""A point as text and JSON, written once: recipes, headers and answers all use it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from audio.manifest import Manifest
from service.contract.answers import LabelWeights
from service.sound.synthesis import Point

Float32 = NDArray[np.float32]


def exact(values: Float32) -> list[float]:
    """The values with the fewest digits that give the same float32 again, nine at most.

    Args:
        values: float32 of shape (any,).
    """
    numbers: list[float] = orjson.loads(_json(values))
    return numbers


class ExactPoint(NamedTuple):
    """A point with as many digits of each number as give the same float32 again."""

    z: list[float]  # (latent_dim,)
    z_text: str  # the same, comma separated
    labels: LabelWeights  # every value that has a weight
    level_db: float
    nearest: Mapping[str, str] | None  # labels of the clips it comes from, where none has its own

    @classmethod
    def of(cls, manifest: Manifest, point: Point) -> Self:
        """The point in the label names of the manifest."""
        z_json = _json(point.z)
        labels = {  # nine digits give the same float32 again
            name: {v: float(f"{w:.9g}") for v, w in zip(manifest.labels[name], vector, strict=True) if w}
            for name, vector in point.labels.items()
        }
        return cls(orjson.loads(z_json), z_json[1:-1].decode(), labels, point.level_db, point.nearest)

    @property
    def asked_labels(self) -> dict[str, str | dict[str, float]]:
        """The labels as /generate takes them: a value alone where it has all the weight."""
        return {
            name: next(iter(weights)) if len(weights) == 1 else weights
            for name, weights in self.labels.items()
        }

    @property
    def location(self) -> dict[str, Any]:
        """Z and labels."""
        return {"z": self.z, "labels": self.asked_labels}

    @property
    def body(self) -> dict[str, Any]:
        """The point as /generate and an end of /morph take it."""
        return {**self.location, "level_db": self.level_db}


def _json(values: Float32) -> bytes:
    """The JSON of float32 values: numpy and the standard library write single values, twenty times slower."""
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
