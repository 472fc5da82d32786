"""Samples that wait go to a worker together; other work does not."""

import asyncio
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from service.contract.bodies import GenerateBody
from service.contract.tasks import EncodeTask, GenerateTask, Rendered
from service.errors import WorkerLostError
from service.messages import Begin, Continue, taken_from
from service.pool.estimates import UNKNOWN_S
from service.pool.work_queue import QueueLimits
from service.pool.worker import Job, Worker
from tests.service.pool.bench import PATIENCE_S, STEP_S, Task, a_sample, begun, scenario

LIMITS = QueueLimits(n_jobs=100, wait_s=PATIENCE_S, deadline_s=PATIENCE_S)
REFERENCE = "voices@2"


async def held_sample(bench):
    """A sample that is decoded already, and ends at the release; others come ahead of it in its worker."""
    held = asyncio.ensure_future(bench.queue.run(a_sample(["release"])))
    while not bench.batches:
        await asyncio.sleep(0.001)
    return held


@scenario(LIMITS)
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
    held, beside, *_ = bench.batches
    assert held == 1
    assert beside >= 3  # those that the worker had, and one more if the queue was faster


def written(job):
    """The message that a worker gets for the next step of a job."""
    buffer = bytearray()
    worker = Worker(lambda *_: None, lambda *_: None, lambda _: None)

    async def compute():
        worker.connection_made(SimpleNamespace(write=buffer.extend))
        worker.compute(job)

    asyncio.run(compute())
    (message,) = taken_from(buffer)
    return message


def job_of(task):
    return Job(1, task, UNKNOWN_S, PATIENCE_S, None)  # nobody waits for it


@pytest.mark.parametrize("n_losses", [0, 1])
def test_the_first_sound_of_a_job_and_the_others_go_together_unless_it_may_have_ended_a_worker(n_losses):
    job = job_of(GenerateTask(REFERENCE, GenerateBody(z=[[0.0], [1.0]]), "archive"))
    job.n_losses = n_losses
    first, second = written(job), written(job)
    assert (type(first), type(second)) == (Begin, Continue)
    assert [first.together, second.together] == [not n_losses] * 2


def test_what_may_encode_audio_goes_alone():
    summed = GenerateBody.model_validate({"z": {"terms": [{"weight": 1.0, "z": [0.0] * 4}]}})
    for task in (GenerateTask(REFERENCE, summed, "file"), EncodeTask(REFERENCE, b"", None)):
        assert not job_of(task).together


@scenario(LIMITS)
async def test_other_work_waits_for_whichever_worker_is_free(bench):
    held = await begun(bench, ["release"])
    tasks = (Task([0.0]), Task([0.0]), a_sample([0.0]))
    ahead, *others = (asyncio.ensure_future(bench.queue.run(task)) for task in tasks)
    await asyncio.sleep(STEP_S)
    await bench.add_worker()
    assert await asyncio.gather(*others) == [Rendered(b"done")] * 2
    assert not held.done()
    bench.release.set()
    await asyncio.gather(held, ahead)


@scenario(LIMITS)
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
