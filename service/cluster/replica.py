"""A worker as Ray Serve runs it: a replica that opened the models."""

import asyncio
import time

from service.contract.tasks import Opened, Task
from service.logs import configure_logs
from service.messages import Failure, Step
from service.worker_settings import WorkerSettings


class Replica:
    """Answers tasks, a step of each in turn.

    What computes is imported here alone, since the front process loads this module and no ONNX Runtime.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        from service.worker.models import open_models

        configure_logs(settings.log_format, settings.log_level)
        self._limits, self._store = settings.audio, open_models(settings)

    def opened(self) -> Opened | Failure:
        """What is open, or why nothing is."""
        from service.sound.descriptions import opened

        return self._store if isinstance(self._store, Failure) else opened(self._store)

    async def answer(self, job: int, task: Task, remaining_s: float) -> Step:
        """The last step of a task; no step begins when `remaining_s` have passed."""
        from service.sound.steps import next_step
        from service.stages import taken_stages
        from service.worker.answers import work_of

        assert not isinstance(self._store, Failure)
        late_at, result = time.monotonic() + remaining_s, None
        try:
            work = work_of(task, self._store, self._limits)
            while time.monotonic() <= late_at:
                next_step(work)
                await asyncio.sleep(0)  # for a step of another task
        except StopIteration as end:
            result = end.value
        except Exception as error:  # it belongs to the request, in the front process
            result = Failure.of(error)
        return Step(job, True, result, taken_stages())
