"""One queue for all workers: order of arrival, admission by the estimated wait, and a deadline."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, NoReturn, TypeAlias

from service.contract.tasks import Rendered
from service.errors import DeadlineError, QueueFullError, WorkerLostError
from service.messages import Failure, Step
from service.metrics import QUEUE_WAIT, QUEUED, WORKERS, stage
from service.pool.estimates import Estimates
from service.pool.worker import Job, Worker

MAX_LOSSES = 3  # of workers that computed one job, after which it is taken for the cause

Watch: TypeAlias = Callable[[], Coroutine[Any, Any, NoReturn]]  # raises once nobody wants the result


class QueueLimits(NamedTuple):
    """When the queue is full, and when a job is late."""

    n_jobs: int  # that may wait
    wait_s: float  # estimated, of the next one
    deadline_s: float


class WorkQueue:
    """Gives jobs to workers, the oldest first.

    A job goes to the end of the queue after each of its steps, so that many sounds delay a single one by
    a sound, not by all of them. Its steps run in one worker. If that worker is lost, the job begins again in
    another one.
    """

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._estimates = Estimates()
        self._numbers = itertools.count()
        self._waiting: deque[Job] = deque()  # also jobs that nobody wants any more
        self._n_waiting = 0
        self._backlog_s = 0.0  # estimated, of all jobs inside
        self._workers: list[Worker] = []
        QUEUED.set_function(lambda: self.n_waiting)

    @property
    def n_workers(self) -> int:
        """How many workers are open."""
        return len(self._workers)

    @property
    def wait_s(self) -> float:
        """The estimated wait of the next job."""
        return self._backlog_s / max(1, len(self._workers))

    @property
    def full(self) -> bool:
        """Whether the next job would be refused."""
        if any(not worker.jobs for worker in self._workers):
            return False
        return self.n_waiting >= self._limits.n_jobs or self.wait_s > self._limits.wait_s

    @property
    def n_waiting(self) -> int:
        """How many jobs wait, those that workers have ahead among them."""
        return self._n_waiting + sum(job.wanted for worker in self._workers for job in worker.ahead)

    async def run(self, task: Any, watch: Watch | None = None) -> Rendered:
        """The result of a task.

        Args:
            task: what a worker answers.
            watch: no step begins after it has raised, and what it raises is raised.

        Raises:
            QueueFullError: too many requests wait already.
            DeadlineError: the deadline passed before the last step began; none begins then.
            WorkerLostError: the workers that computed it were lost.
        """
        if self.full:
            raise self.refusal()
        loop, asked_at = asyncio.get_running_loop(), time.monotonic()
        late_at = asked_at + self._limits.deadline_s
        job = Job(next(self._numbers), task, self._estimates.cost_s(task), late_at, loop.create_future())
        late = loop.call_later(self._limits.deadline_s, self._expire, job)
        watching = watch and asyncio.ensure_future(_watched(watch, job))
        self._backlog_s += job.cost_s
        self._enter(job)
        try:
            return await job.result
        finally:
            late.cancel()
            if watching:
                watching.cancel()
            self._leave(job)
            QUEUE_WAIT.observe(max(0.0, time.monotonic() - asked_at - job.spent_s))

    def refusal(self) -> QueueFullError:
        """The error of a request that finds the queue full."""
        return QueueFullError(self.n_waiting, self.wait_s)

    def add(self, worker: Worker) -> None:
        """Gives jobs to a worker that is open."""
        self._workers.append(worker)
        WORKERS.set(len(self._workers))
        self._feed(worker)

    def retire(self, worker: Worker) -> None:
        """Gives a worker no new jobs, and closes it after those that it began."""
        worker.retiring = True
        self._feed(worker)

    def computed(self, worker: Worker, job: Job, step: Step) -> None:
        """Takes a step from a worker, and gives it the next one."""
        for name, seconds in step.stages:
            stage(name).observe(seconds)
        if step.done:
            self._finish(job, step.result)
        elif not job.wanted:
            worker.drop(job)
        else:
            job.n_steps += 1
            job.ticket = next(self._numbers)
            worker.begun.append(job)
        self._feed(worker)

    def lose(self, worker: Worker) -> None:
        """Begins the jobs of a lost worker again, before those that wait."""
        if worker in self._workers:
            self._workers.remove(worker)
            WORKERS.set(len(self._workers))
        for job in worker.computing:
            job.n_losses += 1
        for job in reversed([*worker.jobs, *worker.begun]):
            job.sent = False
            if job.n_losses < MAX_LOSSES:
                self._enter(job, first=True)
            elif job.wanted:
                job.result.set_exception(WorkerLostError(job.n_losses))

    def _enter(self, job: Job, first: bool = False) -> None:
        (self._waiting.appendleft if first else self._waiting.append)(job)
        job.waiting = True
        self._n_waiting += 1
        if takers := [worker for worker in self._workers if not worker.retiring]:
            self._feed(min(takers, key=lambda worker: len(worker.jobs)))

    def _leave(self, job: Job) -> None:
        """Forgets a job that has its result, or that nobody waits for."""
        self._backlog_s = max(0.0, self._backlog_s - job.cost_s)
        job.result.cancel()
        self._stop_waiting(job)
        for worker in self._workers:
            if job in worker.ahead:
                worker.drop(job)

    def _feed(self, worker: Worker) -> None:
        """Gives a worker the oldest jobs there are for it, until it has enough of them."""
        while job := self._next_for(worker):
            if job.wanted:
                worker.compute(job)
            elif job.sent:
                worker.drop(job)
        if worker.retiring and not worker.jobs:
            worker.close()

    def _next_for(self, worker: Worker) -> Job | None:
        """The oldest job there is for a worker, if the worker takes it; it waits no more then."""
        waiting = None if worker.retiring or not self._waiting else self._waiting[0]
        begun = worker.begun[0] if worker.begun else None
        job = begun if begun and (waiting is None or begun.ticket < waiting.ticket) else waiting
        if job is None or (job.wanted and not worker.takes(job)):
            return None
        if job is begun:
            worker.begun.popleft()
        else:
            self._waiting.popleft()
            self._stop_waiting(job)
        return job

    def _stop_waiting(self, job: Job) -> None:
        if job.waiting:
            job.waiting = False
            self._n_waiting -= 1

    def _finish(self, job: Job, result: Rendered | Failure | None) -> None:
        """Ends a job; without a result it was too late."""
        if isinstance(result, Rendered):
            self._estimates.learn(job.task, job.spent_s)
        if not job.wanted:
            return
        if isinstance(result, Rendered):
            job.result.set_result(result)
        else:
            job.result.set_exception(result.error() if result else self._lateness(job))

    def _expire(self, job: Job) -> None:
        """Ends a job that is late; a step that is being computed is awaited, since it may be the last."""
        if job.wanted and not any(worker.jobs and worker.jobs[0] is job for worker in self._workers):
            job.result.set_exception(self._lateness(job))

    def _lateness(self, job: Job) -> DeadlineError:
        return DeadlineError(self._limits.deadline_s, begun=job.n_steps > 0)


async def _watched(watch: Watch, job: Job) -> None:
    try:
        await watch()
    except Exception as error:  # the caller of `run` gets it
        if job.wanted:
            job.result.set_exception(error)
