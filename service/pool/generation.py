"""One set of open models: the process that opened them, and the workers that were forked from it."""

import asyncio
import logging
import pickle
import socket
from collections.abc import Callable

from service.contract.tasks import Opened
from service.errors import WorkersEndedError
from service.messages import Failure, Ready
from service.metrics import WORKERS_LOST
from service.pool.opener import Opener
from service.pool.work_queue import WorkQueue
from service.pool.worker import Worker

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 5.0  # between a worker that is lost before it is open and the next one


class Generation:
    """The workers of one opening of the models. Lost ones are started again until it is closed."""

    def __init__(self, opener: Opener, n_workers: int, queue: WorkQueue, lost: Callable[[], None]) -> None:
        """Sets it up without a worker.

        Args:
            opener: the process that opens the models.
            n_workers: how many are forked from it.
            queue: that the workers serve.
            lost: called when that process has ended by itself.
        """
        self._opener, self._n_workers, self._queue, self._lost = opener, n_workers, queue, lost
        self._workers: set[Worker] = set()
        self._opened: asyncio.Future[Opened] = asyncio.get_running_loop().create_future()
        self._n_failures = 0  # of workers, since one was open
        self._serving = self._closing = self._life_lost = False
        self._life: asyncio.BaseTransport | None = None
        self._all_lost = asyncio.Event()  # the connections, once it is closing

    async def start(self) -> Opened:
        """Starts the workers; what is open, once one of them is.

        Raises:
            Exception: the reason why the models cannot be opened.
        """
        loop = asyncio.get_running_loop()
        watched = self._opener.control.dup()
        self._life, _ = await loop.create_unix_connection(lambda: _Life(self._end), sock=watched)
        for _ in range(self._n_workers):
            await self._add_worker()
        return await self._opened

    def serve(self) -> None:
        """Gives the workers jobs from here on."""
        self._serving = True
        for worker in self._workers:
            if worker.pid:
                self._queue.add(worker)

    async def close(self) -> None:
        """Ends the process that holds the models, and every worker once it has finished what it began."""
        self._closing = True
        for worker in list(self._workers):
            self._queue.retire(worker)
        if self._life and not self._life_lost:
            self._life.close()
        else:
            self._end()
        self._opener.control.close()
        await asyncio.to_thread(self._opener.wait)
        await self._all_lost.wait()

    async def _add_worker(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._opener.control, [b"+"], [theirs.fileno()])
            except OSError:  # the process has ended, which `_end` reports
                ours.close()
                return
        _, worker = await asyncio.get_running_loop().create_unix_connection(
            lambda: Worker(self._worker_opened, self._queue.computed, self._worker_lost), sock=ours
        )
        self._workers.add(worker)

    def _worker_opened(self, worker: Worker, message: Ready | Failure) -> None:
        if isinstance(message, Failure):
            self._fail(message.error())
            return
        self._n_failures = 0
        if not self._opened.done():
            self._opened.set_result(pickle.loads(message.opened))
        if self._serving:
            self._queue.add(worker)

    def _worker_lost(self, worker: Worker) -> None:
        self._workers.discard(worker)
        self._queue.lose(worker)
        if self._closing:
            self._check_all_lost()
            return
        pause_s = 0.0
        if worker.pid:
            WORKERS_LOST.inc()
            logger.error("worker %d has ended and is started again", worker.pid)
        else:
            self._fail(WorkersEndedError())
            self._n_failures += 1
            pause_s = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2**self._n_failures)
        asyncio.get_running_loop().call_later(pause_s, self._replace)

    def _replace(self) -> None:
        if not self._closing:
            self._replacing = asyncio.ensure_future(self._add_worker())

    def _end(self) -> None:
        self._life_lost = True
        if self._closing:
            self._check_all_lost()
        else:
            self._fail(WorkersEndedError())
            self._lost()

    def _check_all_lost(self) -> None:
        if not self._workers and self._life_lost:
            self._all_lost.set()

    def _fail(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)


class _Life(asyncio.Protocol):
    """Reports the end of the process at the other end."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended

    def connection_lost(self, _: Exception | None) -> None:
        self._ended()
