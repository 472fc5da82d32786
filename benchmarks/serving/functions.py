"""What every contender serves: the service's own functions from a request's values to a WAV file."""

from pathlib import Path

from audio.formats import AudioLimits
from service.contract.bodies import GenerateBody
from service.contract.queries import SampleQuery
from service.contract.tasks import GenerateTask, SampleTask, Task
from service.sound.steps import computed_alone
from service.sound.store import Store
from service.worker.answers import work_of

MODEL = "digits-vae"
MODELS = Path(__file__).parents[2] / "models"


class Functions:
    """The functions with the default model open."""

    def __init__(self) -> None:
        self._store = Store.open(MODELS, MODEL, "cpu", [MODEL])
        self._manifest = self._store.default.manifest
        self.latent_dim = self._manifest.latent_dim

    def sample(self, seed: int) -> bytes:
        """A WAV file of the sample of a seed."""
        temperature = self._manifest.latent_distribution.temperature
        query = SampleQuery(model=self._store.default.reference, seed=seed, temperature=temperature)
        return self._answer(SampleTask(self._store.default.reference, query, "file"))

    def generate(self, z: list[float]) -> bytes:
        """A WAV file of the sound at a point."""
        return self._answer(GenerateTask(self._store.default.reference, GenerateBody(z=z), "file"))

    def _answer(self, task: Task) -> bytes:
        return computed_alone(work_of(task, self._store, AudioLimits())).content
