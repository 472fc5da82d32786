"""A queue whose workers are the real loop in threads. Their tasks are lists: what to do in each step."""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import NamedTuple

from service.contract.tasks import Rendered, SampleTask
from service.messages import Ready, frame
from service.pool.work_queue import QueueLimits, WorkQueue
from service.pool.worker import Worker
from service.sound.steps import Decoding
from service.worker.loop import Loop

PATIENCE_S = 5.0
STEP_S = 0.01
LIMITS = QueueLimits(n_jobs=2, wait_s=PATIENCE_S, deadline_s=PATIENCE_S)


class Task(NamedTuple):
    """A step for each item: the name of an event to wait for, or seconds to take, or an error to raise."""

    steps: list[str | float | Exception]
    model: str = "none"


def a_sample(steps):
    """A task that is computed together with others, with the steps of a `Task`."""
    return SampleTask("none", SimpleNamespace(n=1, steps=steps), "file")


class Bench:
    """A queue with workers, and a record of the steps that they computed."""

    def __init__(self, limits):
        self.queue = WorkQueue(limits)
        self.steps: list[list[str | float | Exception]] = []
        self.release = threading.Event()
        self.sockets: list[socket.socket] = []
        self.threads: list[threading.Thread] = []
        self.closing = False
        self.batches: list[int] = []  # how many samples at a time

    def decode_together(self, points):
        self.batches.append(len(points))
        if any(z == "lost" for z, _ in points):
            self.sockets[-1].shutdown(socket.SHUT_RDWR)
        return [z for z, _ in points]

    def decode(self, z, labels):
        return self.decode_together([(z, labels)])[0]

    def work_of(self, task):
        sampled = isinstance(task, SampleTask)
        steps = task.query.steps if sampled else task.steps
        for i, step in enumerate(steps):
            if i:
                yield
            if sampled:
                yield Decoding(self, step, {})
            self.steps.append(steps)
            if isinstance(step, Exception):
                raise step
            if step == "lost":
                self.sockets[-1].shutdown(socket.SHUT_RDWR)
            elif step == "release":
                assert self.release.wait(PATIENCE_S)
            else:
                time.sleep(float(step))
        return Rendered(b"done")

    async def add_worker(self):
        ours, theirs = socket.socketpair()
        self.sockets.append(theirs)
        theirs.sendall(frame(Ready(1, b"")))
        self.threads.append(threading.Thread(target=self._answer, args=[theirs]))
        self.threads[-1].start()
        loop = asyncio.get_running_loop()
        opened = loop.create_future()
        await loop.create_unix_connection(
            lambda: Worker(lambda worker, _: opened.set_result(worker), self.queue.computed, self._lose),
            sock=ours,
        )
        self.queue.add(await opened)

    async def close(self):
        self.closing = True
        self.release.set()
        for connection in self.sockets:
            with suppress(OSError):  # it is lost already
                connection.shutdown(socket.SHUT_RDWR)
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in self.threads))
        while self.queue.n_workers:
            await asyncio.sleep(0.001)

    def _answer(self, connection):
        with connection, suppress(ConnectionError):
            Loop(connection, self.work_of).run()

    def _lose(self, worker):
        self.queue.lose(worker)
        if not self.closing:
            self.replacing = asyncio.ensure_future(self.add_worker())


def scenario(limits=LIMITS, n_workers=1):
    """A decorator that runs a coroutine function as a test, on a queue with so many workers."""

    def decorate(test):
        async def run():
            bench = Bench(limits)
            for _ in range(n_workers):
                await bench.add_worker()
            try:
                await asyncio.wait_for(test(bench), PATIENCE_S)
            finally:
                await bench.close()

        def test_of_scenario():
            asyncio.run(run())

        test_of_scenario.__name__ = test.__name__
        return test_of_scenario

    return decorate


async def begun(bench, steps):
    """A job that has begun."""
    job = asyncio.ensure_future(bench.queue.run(Task(steps)))
    while steps not in bench.steps:
        await asyncio.sleep(0.001)
    return job
