"""One queue for all workers: bounded, dropped when late, begun again when a worker is lost.

The workers here are the real loop in threads. Their tasks are lists: what to do in each step.
"""

import asyncio
import signal
import socket
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import patch

import pytest

from service.contract.tasks import Opened, Rendered, SampleTask
from service.errors import DeadlineError, LabelWeightError, QueueFullError, WorkerLostError
from service.messages import frame
from service.pool.estimates import UNKNOWN_S
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


class LeftError(Exception):
    pass


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
        theirs.sendall(frame(Opened(1, [], "", [])))
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


@scenario()
async def test_a_full_queue_refuses_at_once_and_recovers(bench):
    jobs = [await begun(bench, ["release"])]
    jobs += [asyncio.ensure_future(bench.queue.run(Task([0]))) for _ in range(2)]
    await asyncio.sleep(0)
    assert bench.queue.full
    with pytest.raises(QueueFullError):
        await bench.queue.run(Task([0]))
    bench.release.set()
    assert await asyncio.gather(*jobs) == [Rendered(b"done")] * 3
    assert await bench.queue.run(Task([0])) == Rendered(b"done")


@scenario(QueueLimits(n_jobs=1000, wait_s=0.1, deadline_s=PATIENCE_S))
async def test_the_queue_is_full_once_the_estimated_wait_is_too_long(bench):
    await bench.queue.run(Task([0.06]))  # so long takes a sound of this model
    jobs = [await begun(bench, ["release"])]
    while not bench.queue.full:
        jobs.append(asyncio.ensure_future(bench.queue.run(Task([0]))))
        await asyncio.sleep(0)
    assert len(jobs) == 2  # 0.12 s for one worker
    assert bench.queue.refusal().wait_s == pytest.approx(0.12, rel=0.5)
    bench.release.set()
    await asyncio.gather(*jobs)


@scenario(QueueLimits(2, PATIENCE_S, deadline_s=0.05))
async def test_work_that_waits_past_its_deadline_is_never_begun(bench):
    job = await begun(bench, ["release"])
    with pytest.raises(DeadlineError, match="waited"):
        await bench.queue.run(Task([0]))
    bench.release.set()
    await job
    await bench.queue.run(Task([0.0, 0.0]))
    assert bench.steps == [["release"], [0.0, 0.0], [0.0, 0.0]]


@scenario(QueueLimits(2, PATIENCE_S, deadline_s=0.02))
async def test_work_that_began_in_time_ends_after_the_deadline(bench):
    assert await bench.queue.run(Task([0.1])) == Rendered(b"done")


@scenario(QueueLimits(2, PATIENCE_S, deadline_s=0.05))
async def test_a_deadline_that_passes_between_two_steps_ends_the_work(bench):
    with pytest.raises(DeadlineError, match="ask for fewer"):
        await bench.queue.run(Task([STEP_S] * 50))
    n_steps_in_time = len(bench.steps)
    assert n_steps_in_time < 50
    await asyncio.sleep(0.05)
    assert len(bench.steps) == n_steps_in_time
    assert await bench.queue.run(Task([0])) == Rendered(b"done")


@scenario(QueueLimits(2, PATIENCE_S, deadline_s=1.0))
async def test_a_deadline_that_passes_after_the_first_step_is_reported_as_such(bench):
    two = await begun(bench, [0.7, 0.0])
    one = asyncio.ensure_future(bench.queue.run(Task(["release"])))  # goes between the two steps
    with pytest.raises(DeadlineError, match="ask for fewer"):
        await two
    bench.release.set()
    assert await one == Rendered(b"done")


@scenario()
async def test_work_that_nobody_waits_for_any_more_is_never_begun_and_frees_its_place(bench):
    async def leave():
        await asyncio.sleep(0.01)
        raise LeftError

    jobs = [await begun(bench, ["release"]), asyncio.ensure_future(bench.queue.run(Task([0])))]
    with pytest.raises(LeftError):
        await bench.queue.run(Task([STEP_S]), leave)
    assert not bench.queue.full
    bench.release.set()
    await asyncio.gather(*jobs)
    assert [STEP_S] not in bench.steps


@scenario()
async def test_work_that_runs_stops_at_its_next_step_once_nobody_waits_for_it(bench):
    async def leave():
        while len(bench.steps) < 3:
            await asyncio.sleep(0.001)
        raise LeftError

    with pytest.raises(LeftError):
        await bench.queue.run(Task([2 * STEP_S] * 50), leave)
    await asyncio.sleep(5 * STEP_S)
    assert 3 <= len(bench.steps) <= 4
    assert await bench.queue.run(Task([0])) == Rendered(b"done")


@scenario()
async def test_a_single_sound_waits_for_one_of_many_and_not_for_all(bench):
    many = await begun(bench, [STEP_S] * 20)
    await bench.queue.run(Task([0.0]))
    assert bench.steps.index([0.0]) <= 3
    await many
    assert len(bench.steps) == 21


@scenario()
async def test_an_error_of_the_work_reaches_the_caller_with_its_facts_and_frees_its_place(bench):
    for _ in range(3):
        with pytest.raises(LabelWeightError, match="'digit'") as raised:
            await bench.queue.run(Task([LabelWeightError("digit")]))
        assert raised.value.name == "digit"
        assert "work_of" in raised.value.__notes__[0]  # the traceback of the worker
    assert await bench.queue.run(Task([0])) == Rendered(b"done")


@scenario(n_workers=2)
async def test_every_worker_computes(bench):
    slow = await begun(bench, ["release"])
    await bench.queue.run(Task([0]))
    assert not slow.done()
    bench.release.set()
    await slow


@scenario()
async def test_work_of_a_lost_worker_begins_again_in_another(bench):
    waiting = [asyncio.ensure_future(bench.queue.run(Task([0.0, "release", 0.0]))) for _ in range(2)]
    while len(bench.steps) < 2:
        await asyncio.sleep(0.001)
    bench.sockets[0].shutdown(socket.SHUT_RDWR)
    bench.release.set()
    assert await asyncio.gather(*waiting) == [Rendered(b"done")] * 2


@scenario()
async def test_work_that_ends_one_worker_after_another_is_given_up(bench):
    with pytest.raises(WorkerLostError):
        await bench.queue.run(Task(["lost"]))
    await bench.replacing
    assert await bench.queue.run(Task([0])) == Rendered(b"done")


@scenario()
async def test_a_worker_whose_step_takes_too_long_is_killed(bench):
    with patch("service.pool.worker.MAX_STEP_S", 2 * STEP_S), patch("service.pool.worker.os.kill") as kill:
        work = asyncio.ensure_future(bench.queue.run(Task([STEP_S, "release"])))
        while not kill.called:
            await asyncio.sleep(STEP_S)
        bench.release.set()
        await work
    kill.assert_called_once_with(1, signal.SIGKILL)


@scenario()
async def test_a_worker_of_many_short_steps_is_not_killed(bench):
    with patch("service.pool.worker.MAX_STEP_S", 20 * STEP_S), patch("service.pool.worker.os.kill") as kill:
        for _ in range(3):
            await bench.queue.run(Task([STEP_S] * 15))
    kill.assert_not_called()


async def held_sample(bench):
    """A sample that is decoded already, and ends at the release; others come ahead of it in its worker."""
    held = asyncio.ensure_future(bench.queue.run(a_sample(["release"])))
    while not bench.batches:
        await asyncio.sleep(0.001)
    return held


@scenario(QueueLimits(n_jobs=100, wait_s=PATIENCE_S, deadline_s=PATIENCE_S))
async def test_samples_that_wait_go_together_to_a_worker_as_many_as_take_a_short_time(bench):
    with patch("service.pool.worker.TOGETHER_S", 4.5 * UNKNOWN_S):
        samples = [await held_sample(bench)]
        samples += [asyncio.ensure_future(bench.queue.run(a_sample([0.0]))) for _ in range(9)]
        await asyncio.sleep(STEP_S)
        (worker,) = bench.queue._workers
        assert len(worker.jobs) == 4
        bench.release.set()
        assert await asyncio.gather(*samples) == [Rendered(b"done")] * 10
    assert sum(bench.batches) == 10
    assert max(bench.batches) == 2


@scenario(QueueLimits(n_jobs=100, wait_s=PATIENCE_S, deadline_s=PATIENCE_S))
async def test_each_sound_of_a_job_goes_together_with_other_samples(bench):
    held = await held_sample(bench)
    samples = [asyncio.ensure_future(bench.queue.run(a_sample(steps))) for steps in ([0.0, 0.0], [0.0])]
    await asyncio.sleep(STEP_S)
    bench.release.set()
    assert await asyncio.gather(held, *samples) == [Rendered(b"done")] * 3
    assert bench.steps.count([0.0, 0.0]) == 2


@scenario(QueueLimits(n_jobs=100, wait_s=PATIENCE_S, deadline_s=PATIENCE_S))
async def test_other_work_waits_for_whichever_worker_is_free(bench):
    held = await begun(bench, ["release"])
    work = [
        asyncio.ensure_future(bench.queue.run(task)) for task in (Task([0.0]), Task([0.0]), a_sample([0.0]))
    ]
    await asyncio.sleep(STEP_S)
    await bench.add_worker()
    assert (
        await asyncio.gather(*work[1:]) == [Rendered(b"done")] * 2
    )  # all but the one ahead in the first worker
    assert not held.done()
    bench.release.set()
    await asyncio.gather(held, *work)


@scenario()
async def test_of_samples_that_are_computed_together_the_one_that_ends_workers_is_given_up_alone(bench):
    with patch("service.pool.worker.TOGETHER_S", 3 * UNKNOWN_S):
        held = await held_sample(bench)
        lost, kept = (asyncio.ensure_future(bench.queue.run(a_sample(steps))) for steps in (["lost"], [0.0]))
        await asyncio.sleep(STEP_S)
        bench.release.set()
        await held
        with pytest.raises(WorkerLostError):
            await lost
        assert await kept == Rendered(b"done")
    assert bench.batches[:2] == [1, 2]
    assert set(bench.batches[2:]) == {1}
