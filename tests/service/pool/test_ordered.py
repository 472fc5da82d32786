"""Many tasks of one order: in order, few at a time, patient where the queue is full, dropped when closed."""

import asyncio
from contextlib import aclosing
from typing import NamedTuple

import pytest

from service.contract.tasks import Rendered
from service.errors import MidiError, QueueFullError
from service.pool.ordered import in_order

N_WORKERS = 2


class Task(NamedTuple):
    """A number to return, after a time."""

    number: int
    seconds: float = 0.0
    fails: bool = False


class Queue:
    """Answers tasks, and counts those that are inside."""

    n_workers = N_WORKERS

    def __init__(self, n_refusals=0):
        self.inside, self.most, self.n_begun, self.n_refusals = 0, 0, 0, n_refusals

    async def run(self, task):
        if self.n_refusals:
            self.n_refusals -= 1
            raise QueueFullError(1, 0.0)
        self.n_begun += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(task.seconds)
        finally:
            self.inside -= 1
        if task.fails:
            raise MidiError("it is a test")
        return Rendered(str(task.number).encode())


def collected(queue, tasks):
    async def collect():
        return [int(result.content) async for result in in_order(queue, tasks)]

    return asyncio.run(collect())


def test_results_come_in_the_order_of_the_tasks():
    tasks = [Task(number, 0.02 if number % 3 == 0 else 0.0) for number in range(12)]
    assert collected(Queue(), tasks) == list(range(12))


def test_no_more_tasks_are_inside_than_there_are_workers_and_one():
    queue = Queue()
    collected(queue, [Task(number, 0.001) for number in range(20)])
    assert queue.most == N_WORKERS + 1


def test_a_full_queue_is_waited_for():
    assert collected(Queue(n_refusals=4), [Task(1), Task(2)]) == [1, 2]


def test_a_failure_is_raised_after_the_results_before_it():
    async def collect(found):
        async for result in in_order(Queue(), [Task(1), Task(2, fails=True), Task(3)]):
            found.append(int(result.content))

    found: list[int] = []
    with pytest.raises(MidiError):
        asyncio.run(collect(found))
    assert found == [1]


def test_what_is_not_wanted_any_more_is_not_computed():
    async def take_one(queue):
        async with aclosing(
            in_order(queue, [Task(n, 0.0 if n == 0 else 10.0) for n in range(50)])
        ) as results:
            await anext(results)
        return queue.inside, queue.n_begun

    inside, n_begun = asyncio.run(take_one(Queue()))
    assert inside == 0
    assert n_begun <= N_WORKERS + 2
