"""Work beside the event loop: bounded, dropped when late, never in the way of health."""

import threading
import time
from functools import partial

import anyio
import anyio.from_thread
import pytest

from service.errors import DeadlineError, QueueFullError
from service.work_queue import WorkQueue, in_one_step

PATIENCE_S = 5


class LeftError(Exception):
    pass


async def hold(queue, tasks, release, n_jobs):
    """Starts jobs that last until `release` is set; returns once the first one runs."""
    running = threading.Event()

    def job():
        running.set()
        release.wait(PATIENCE_S)

    for _ in range(n_jobs):
        tasks.start_soon(queue.run, in_one_step(job))
    with anyio.fail_after(PATIENCE_S):
        while not running.is_set():
            await anyio.sleep(0.001)


def test_a_full_queue_refuses_at_once_and_recovers():
    async def scenario():
        queue, release = WorkQueue(1, 2, PATIENCE_S), threading.Event()
        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 3)
            with pytest.raises(QueueFullError):
                await queue.run(in_one_step(int))
            release.set()
        assert await queue.run(in_one_step(lambda: 7)) == 7

    anyio.run(scenario)


def test_work_that_waits_past_its_deadline_is_never_begun():
    async def scenario():
        queue, release, begun = WorkQueue(1, 2, 0.05), threading.Event(), threading.Event()
        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 1)
            with pytest.raises(DeadlineError):
                await queue.run(in_one_step(begun.set))
            release.set()
        assert await queue.run(in_one_step(lambda: 7)) == 7
        assert not begun.is_set()

    anyio.run(scenario)


def test_work_that_began_in_time_ends_after_the_deadline():
    async def scenario():
        assert await WorkQueue(1, 0, 0.02).run(in_one_step(partial(threading.Event().wait, 0.1))) is False

    anyio.run(scenario)


def test_a_deadline_that_passes_between_two_steps_ends_the_work():
    async def scenario():
        queue, n_steps = WorkQueue(1, 0, 0.05), 0

        def steps():
            nonlocal n_steps
            while True:
                n_steps += 1
                time.sleep(0.01)
                yield

        with pytest.raises(DeadlineError, match="ask for fewer"):
            await queue.run(steps())
        n_steps_in_time = n_steps
        await anyio.sleep(0.05)
        assert n_steps == n_steps_in_time
        assert await queue.run(in_one_step(lambda: 7)) == 7

    anyio.run(scenario)


def test_work_that_nobody_waits_for_any_more_is_never_begun():
    async def scenario():
        queue, release, begun = WorkQueue(1, 2, PATIENCE_S), threading.Event(), threading.Event()

        async def leave():
            await anyio.sleep(0.01)
            raise LeftError

        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 1)
            with pytest.raises(LeftError):
                await queue.run(in_one_step(begun.set), leave)
            release.set()
        assert await queue.run(in_one_step(lambda: 7), leave) == 7
        assert not begun.is_set()

    anyio.run(scenario)


def test_work_that_runs_stops_at_its_next_step_once_nobody_waits_for_it():
    async def scenario():
        queue, leaving, n_steps = WorkQueue(1, 0, PATIENCE_S), anyio.Event(), 0

        async def leave():
            await leaving.wait()
            raise LeftError

        def steps():
            nonlocal n_steps
            while True:
                n_steps += 1
                if n_steps == 3:
                    anyio.from_thread.run_sync(leaving.set)
                    time.sleep(0.05)
                yield

        with pytest.raises(LeftError):
            await queue.run(steps(), leave)
        assert n_steps == 3

    anyio.run(scenario)


def test_a_single_sound_waits_for_one_of_many_and_not_for_all():
    async def scenario():
        queue, done, n_steps = WorkQueue(1, 2, PATIENCE_S), [], 20

        def many():
            for _ in range(n_steps):
                done.append("one of many")
                yield
            time.sleep(0.005)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.run, many())
            while not done:
                await anyio.sleep(0)
            await queue.run(in_one_step(lambda: done.append("single")))
        assert done.index("single") <= 3
        assert len(done) == n_steps + 1

    anyio.run(scenario)


def test_an_error_of_the_work_reaches_the_caller_and_frees_its_place():
    async def scenario():
        queue = WorkQueue(1, 0, PATIENCE_S)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await queue.run(in_one_step(lambda: 1 // 0))
        assert await queue.run(in_one_step(lambda: 7)) == 7

    anyio.run(scenario)


def test_health_answers_while_every_worker_is_busy(start, models_dir, refused, listen):
    client = start(models_dir=models_dir, concurrency=1, queue_limit=0)
    queue, release = client.app.state.runtime.queue, threading.Event()

    async def busy_requests():
        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 1)
            live = await client._client.get("/health/live")
            full = await client._client.get("/sample")
            release.set()
        return live, full

    live, full = client._portal.call(busy_requests)
    assert live.status_code == 200
    refused(full, 503, "queue-full")
    assert full.headers["retry-after"] == "1"
    listen(client.get("/sample"))
