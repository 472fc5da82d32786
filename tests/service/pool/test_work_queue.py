"""One queue for all workers: bounded, dropped when late, begun again when a worker is lost."""

import asyncio
import signal
import socket
from unittest.mock import patch

import pytest

from service.contract.tasks import Rendered
from service.errors import DeadlineError, LabelWeightError, QueueFullError, WorkerLostError
from service.pool.work_queue import QueueLimits
from tests.service.pool.bench import PATIENCE_S, STEP_S, Task, begun, scenario


class LeftError(Exception):
    pass


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
