"""The same functions behind BentoML: `bentoml serve benchmarks.serving.bento:Sounds`."""

import os
from typing import Annotated

import bentoml
from bentoml.validators import ContentType

from benchmarks.serving.functions import Functions

Wav = Annotated[bytes, ContentType("audio/wav")]


@bentoml.service(workers=int(os.environ.get("BENCH_WORKERS", "1")))
class Sounds:
    """POST /generate gives the sound at a z, POST /sample that of a seed."""

    def __init__(self) -> None:
        self.functions = Functions()

    @bentoml.api  # type: ignore[untyped-decorator]  # it is in no environment of ours
    def generate(self, z: list[float]) -> Wav:
        """The sound at a point as a WAV file."""
        return self.functions.generate(z)
