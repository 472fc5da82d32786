"""Work beside the event loop: bounded, dropped when late, never in the way of health."""

import threading
from functools import partial

import anyio
import pytest

from service.errors import DeadlineError, QueueFullError
from service.work_queue import WorkQueue

PATIENCE_S = 5


async def hold(queue, tasks, release, n_jobs):
    """Starts jobs that last until `release` is set; returns once the first one runs."""
    running = threading.Event()

    def job():
        running.set()
        release.wait(PATIENCE_S)

    for _ in range(n_jobs):
        tasks.start_soon(queue.run, job)
    with anyio.fail_after(PATIENCE_S):
        while not running.is_set():
            await anyio.sleep(0.001)


def test_a_full_queue_refuses_at_once_and_recovers():
    async def scenario():
        queue, release = WorkQueue(1, 2, PATIENCE_S), threading.Event()
        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 3)
            with pytest.raises(QueueFullError):
                await queue.run(int)
            release.set()
        assert await queue.run(lambda: 7) == 7

    anyio.run(scenario)


def test_work_that_waits_past_its_deadline_is_never_begun():
    async def scenario():
        queue, release, begun = WorkQueue(1, 2, 0.05), threading.Event(), threading.Event()
        async with anyio.create_task_group() as tasks:
            await hold(queue, tasks, release, 1)
            with pytest.raises(DeadlineError):
                await queue.run(begun.set)
            release.set()
        assert await queue.run(lambda: 7) == 7
        assert not begun.is_set()

    anyio.run(scenario)


def test_work_that_began_in_time_ends_after_the_deadline():
    async def scenario():
        assert await WorkQueue(1, 0, 0.02).run(partial(threading.Event().wait, 0.1)) is False

    anyio.run(scenario)


def test_an_error_of_the_work_reaches_the_caller_and_frees_its_place():
    async def scenario():
        queue = WorkQueue(1, 0, PATIENCE_S)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await queue.run(lambda: 1 // 0)
        assert await queue.run(lambda: 7) == 7

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
