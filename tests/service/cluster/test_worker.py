"""Jobs that replicas answer, with a handle that behaves like Ray Serve's."""

import asyncio

import pytest

from service.cluster.replica import Replica
from service.cluster.worker import RayWorker
from service.contract.queries import SampleQuery
from service.contract.tasks import Rendered, SampleTask
from service.errors import DeadlineError, UnknownModelError, WorkerLostError
from service.messages import Failure, Step
from service.pool.work_queue import MAX_LOSSES, QueueLimits, WorkQueue
from service.settings import Settings

TASK = SampleTask("voices@2", SampleQuery(seed=1, temperature=0.7), "spectrogram")
DONE = Rendered(b"done")


class Handle:
    """Answers each call with the next of its outcomes."""

    def __init__(self, *outcomes):
        self.outcomes, self.asked = list(outcomes), []
        self.answer = self

    async def remote(self, job, task, remaining_s):
        self.asked.append((job, task, remaining_s))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome if isinstance(outcome, Step) else Step(job, True, outcome, [])


def answer_of(handle, deadline_s=10.0):
    """What the queue answers when one place after another is lost and replaced."""

    async def run():
        queue = WorkQueue(QueueLimits(4, 10.0, deadline_s))

        def add():
            queue.add(RayWorker(handle, queue.computed, replaced))

        def replaced(worker):
            queue.lose(worker)
            add()

        add()
        return await queue.run(TASK)

    return asyncio.run(run())


def test_a_task_is_answered_by_a_replica_that_is_given_the_time_that_remains():
    handle = Handle(DONE)
    assert answer_of(handle) == DONE
    ((_, task, remaining_s),) = handle.asked
    assert task == TASK
    assert 9 < remaining_s <= 10


def test_a_task_of_a_replica_that_dies_is_answered_by_another():
    handle = Handle(RuntimeError("The actor died."), DONE)
    assert answer_of(handle) == DONE
    assert len(handle.asked) == 2


def test_a_task_that_ends_one_replica_after_another_is_given_up():
    died = [RuntimeError("The actor died.")] * MAX_LOSSES
    assert answer_of(Handle(*died[1:], DONE)) == DONE
    with pytest.raises(WorkerLostError):
        answer_of(Handle(*died, DONE))


def test_what_a_replica_refuses_is_the_error():
    with pytest.raises(UnknownModelError, match="no model 'x'"):
        answer_of(Handle(Failure.of(UnknownModelError("x", ["voices"]))))


def test_a_task_that_was_late_is_the_error():
    with pytest.raises(DeadlineError):
        answer_of(Handle(Step(0, True, None, [])))


@pytest.fixture(scope="module")
def replica(models_dir):
    return Replica(Settings(models_dir=models_dir, default_model="voices"))


def test_a_replica_answers_as_the_service_does(replica, client):
    step = asyncio.run(replica.answer(1, TASK, 10.0))
    assert step.done
    answer = client.get("/sample?seed=1&temperature=0.7", headers={"Accept": "image/png"})
    assert step.result.content == answer.content
    assert {name for name, _ in step.stages} == {"decoder", "phase"}


def test_a_replica_says_what_is_open_or_why_nothing_is(replica, tmp_path):
    assert [model.reference for model in replica.opened().models] == ["plain@1", "voices@2", "voices@1"]
    assert "no model" in Replica(Settings(models_dir=tmp_path)).opened().message


def test_a_replica_computes_nothing_that_is_late(replica):
    assert asyncio.run(replica.answer(1, TASK, -1.0)) == Step(1, True, None, [])


def test_a_replica_answers_an_error_as_data(replica):
    step = asyncio.run(replica.answer(1, TASK._replace(model="x@1"), 10.0))
    assert isinstance(step.result.error(), UnknownModelError)
