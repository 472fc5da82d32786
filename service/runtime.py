"""The state that the handlers share: settings, queue, open models, and whether the service accepts work."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Literal, Protocol, TypeAlias

from service.contract.tasks import Opened
from service.errors import NotReadyError, ReloadError
from service.metrics import MODEL, MODELS_UNAVAILABLE, RELOADS
from service.pool.catalogue import Catalogue
from service.pool.generation import Generation
from service.pool.opener import Opener, start_opener
from service.pool.watch import changes
from service.pool.work_queue import QueueLimits, WorkQueue
from service.settings import Settings

logger = logging.getLogger(__name__)

RETRY_S = 5.0  # between two attempts to open the models again
State = Literal["starting", "ready", "draining", "broken"]


class AnyGeneration(Protocol):
    """One set of open models and what computes with them, here or elsewhere; see `Generation`."""

    async def start(self) -> Opened: ...
    def serve(self) -> None: ...
    async def close(self) -> None: ...


NewGeneration: TypeAlias = Callable[[WorkQueue, Callable[[], None]], AnyGeneration]


class Runtime:
    """The settings, the queue and, once the models are open, what the workers have open.

    starting ──▶ ready ──▶ draining;  starting ──▶ broken, after which the server exits.
    """

    def __init__(
        self, settings: Settings, opener: Opener | None = None, new_generation: NewGeneration | None = None
    ) -> None:
        """Sets it up.

        Args:
            settings: of the service.
            opener: a process that opens these models already.
            new_generation: what computes, for a queue; without it, workers that are forked on this machine.
        """
        self.settings, self._opener = settings, opener
        self._new_generation = new_generation or self._forked
        self.queue = WorkQueue(QueueLimits(settings.queue_limit, settings.queue_wait_s, settings.deadline_s))
        self.state: State = "starting"
        self.cause: Exception | None = None  # why the models could not be opened the last time
        self._catalogue: Catalogue | None = None
        self._generation: AnyGeneration | None = None
        self._opening = asyncio.Lock()
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending: set[asyncio.Task[Any]] = set()  # generations that finish what they began

    async def open(self) -> None:
        """Opens the models. `state` is then "ready", or "broken" with the reason in one line of the log."""
        await self._try_reload()
        if self.cause:
            logger.critical("cannot start: %s", self.cause)
        if self.state == "starting":
            self.state = "broken" if self.cause else "ready"
        self._settled.set()

    async def settled(self) -> None:
        """Returns once the first attempt to open the models has ended."""
        await self._settled.wait()

    async def reload(self) -> Catalogue:
        """Opens the models in new workers beside the old ones, which then finish what they began and end.

        Raises:
            ReloadError: the models cannot be opened, or one that is open cannot be opened again. The old
                workers go on.
        """
        async with self._opening:
            generation = self._new_generation(self.queue, self._recover)
            try:
                catalogue = Catalogue(await generation.start())
                self._check_replacement(catalogue)
            except BaseException as error:  # the new workers end, also where this task is cancelled
                await generation.close()
                if not isinstance(error, Exception):
                    raise
                self.cause = error
                RELOADS.labels("failed").inc()
                logger.error("the models are not opened anew: %s", error)
                raise ReloadError(str(error)) from error
            old, self._generation = self._generation, generation
            self._catalogue, self.cause = catalogue, None
            generation.serve()
            _report(catalogue)
            logger.info("open are %s", ", ".join(model.reference for model in catalogue))
            if old:
                await asyncio.shield(self._begin(old.close(), self._ending))
            return catalogue

    def request_reload(self) -> None:
        """Begins a reload; its success or failure is in the log, the metrics and /health/ready."""
        self._begin(self._try_reload(), self._tasks)

    async def watch(self) -> None:
        """Reloads whenever the models directory changes, if that is set."""
        if self.settings.watch:
            async for _ in changes(self.settings.models_dir):
                await self._try_reload()

    async def close(self) -> None:
        """Ends the workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._ending, return_exceptions=True)
        if self._generation:
            await self._generation.close()

    def drain(self) -> None:
        """Makes `check_ready` raise from here on; requests that still arrive are answered."""
        self.state = "draining"

    @property
    def catalogue(self) -> Catalogue:
        """The open models.

        Raises:
            NotReadyError: they are not open.
        """
        if self._catalogue is None:
            raise NotReadyError(self.state)
        return self._catalogue

    def check_ready(self) -> None:
        """Raise unless new work is accepted.

        Raises:
            NotReadyError: it is not, or no worker is open.
        """
        if self.state != "ready":
            raise NotReadyError(self.state)
        if not self.queue.n_workers:
            raise NotReadyError("without a worker")

    def _forked(self, queue: WorkQueue, lost: Callable[[], None]) -> Generation:
        opener, self._opener = self._opener or start_opener(self.settings), None
        return Generation(opener, self.settings.workers, queue, lost)

    def _check_replacement(self, catalogue: Catalogue) -> None:
        """Raise if a model that is open now is left out as damaged.

        Raises:
            ReloadError: it is.
        """
        damaged = {left_out.directory: left_out.reason for left_out in catalogue.unavailable}
        for model in self._catalogue or ():
            if reason := damaged.get(f"{model.answer.name}/{model.answer.version}"):
                raise ReloadError(reason)

    def _recover(self) -> None:
        """Opens the models again after the process that holds them has ended."""
        logger.error("the process that holds the models has ended; they are opened again")
        self._begin(self._reload_until_open(), self._tasks)

    @staticmethod
    def _begin(work: Coroutine[Any, Any, Any], among: set[asyncio.Task[Any]]) -> asyncio.Task[Any]:
        """A task in `among` until it has ended; it goes on when those who wait for it are cancelled."""
        task = asyncio.create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    async def _reload_until_open(self) -> None:
        while not await self._try_reload():
            await asyncio.sleep(RETRY_S)

    async def _try_reload(self) -> bool:
        with suppress(ReloadError):
            await self.reload()
        return self.cause is None


def _report(catalogue: Catalogue) -> None:
    """Sets the metrics of what is open."""
    RELOADS.labels("succeeded").inc()
    MODEL.clear()
    for model in catalogue:
        answer = model.answer
        MODEL.labels(answer.name, answer.version, answer.providers[0]).set(1)
    MODELS_UNAVAILABLE.set(len(catalogue.unavailable))
