"""One set of open models on a Ray cluster: an application of Ray Serve, and the places for jobs in it."""

import asyncio
import itertools
import logging
import math
import os
import socket
from pathlib import Path
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from service.cluster.replica import Replica
from service.cluster.worker import RayWorker
from service.contract.tasks import Opened
from service.messages import Failure
from service.metrics import WORKERS_LOST
from service.pool.work_queue import WorkQueue
from service.pool.worker import Worker
from service.settings import Settings

logger = logging.getLogger(__name__)

PACKAGES = Path(__file__).parents[2]
ONGOING = 2  # requests that a replica has at once: one computes, one is there when it is done
UPSCALE_DELAY_S = 3.0
OPEN_WITHIN_S = 120.0
_numbers = itertools.count(1)


def connect(settings: Settings) -> None:
    """Connects to the cluster of the settings, or starts one here; to be called before there are threads.

    Ray runs Python between fork and exec, which can wait for ever if another thread held a lock.
    """
    path = os.pathsep.join([str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    if settings.ray.address:
        cluster: dict[str, Any] = {"address": settings.ray.address}
    else:  # enough for new replicas beside the old ones
        n_cpus = math.ceil(2 * settings.workers * settings.ray.num_cpus)
        cluster = {"address": "local", "num_cpus": n_cpus, "include_dashboard": False}
    ray.init(**cluster, runtime_env={"env_vars": {"PYTHONPATH": path}})
    serve.start(proxy_location="Disabled")  # the front process is the proxy
    for left_over in serve.status().applications:  # by a front process that was killed
        if left_over.startswith(_prefix(settings)):
            serve.delete(left_over)


class RayGeneration:
    """The replicas of one opening of the models. Ray Serve starts lost ones again and scales their number."""

    def __init__(self, settings: Settings, queue: WorkQueue) -> None:
        """Sets it up without a replica.

        Args:
            settings: of the service; `workers` is the largest number of replicas.
            queue: that the replicas serve.
        """
        self._settings = settings.model_copy(update={"models_dir": settings.models_dir.resolve()})
        self._queue = queue
        self._name = f"{_prefix(settings)}{next(_numbers)}"
        self._workers: set[Worker] = set()
        self._closing = False
        self._all_closed = asyncio.Event()

    async def start(self) -> Opened:
        """Deploys the application; what is open, once a replica is.

        Raises:
            TimeoutError: no replica was open in time; the cluster may have no free cores.
            Exception: the reason why the models cannot be opened.
        """
        self._handle = await asyncio.to_thread(self._deploy)
        try:
            opened: Opened | Failure = await asyncio.wait_for(self._handle.opened.remote(), OPEN_WITHIN_S)
        except TimeoutError as error:
            raise TimeoutError(f"no replica was open within {OPEN_WITHIN_S:g} s") from error
        if isinstance(opened, Failure):
            raise opened.error()
        return opened

    def serve(self) -> None:
        """Gives the replicas jobs from here on."""
        for _ in range(ONGOING * self._settings.workers):
            self._add_worker()

    async def close(self) -> None:
        """Deletes the application once it has finished what it began."""
        self._closing = True
        for worker in list(self._workers):
            self._queue.retire(worker)
        if self._workers:
            await self._all_closed.wait()
        await asyncio.to_thread(serve.delete, self._name, _blocking=False)

    def _add_worker(self) -> None:
        worker = RayWorker(self._handle, self._queue.computed, self._worker_lost)
        self._workers.add(worker)
        self._queue.add(worker)

    def _worker_lost(self, worker: Worker) -> None:
        self._workers.discard(worker)
        self._queue.lose(worker)
        if self._closing:
            if not self._workers:
                self._all_closed.set()
            return
        WORKERS_LOST.inc()
        self._add_worker()

    def _deploy(self) -> DeploymentHandle:
        """The application, which Ray Serve starts."""
        chosen = self._settings.ray
        replicas = serve.deployment(
            name="replica",
            max_ongoing_requests=ONGOING,
            ray_actor_options={"num_cpus": chosen.num_cpus, "num_gpus": chosen.num_gpus},
            autoscaling_config={
                "min_replicas": chosen.min_replicas,
                "max_replicas": self._settings.workers,
                "target_ongoing_requests": ONGOING,
                "upscale_delay_s": UPSCALE_DELAY_S,
            },
            logging_config={"enable_access_log": False},
        )(Replica)
        target = serve.RunTarget(replicas.bind(self._settings.of_workers), name=self._name, route_prefix=None)
        (handle,) = serve.run_many([target], wait_for_applications_running=False)
        return handle


def _prefix(settings: Settings) -> str:
    """What the names of the applications of one front process begin with."""
    return f"tonespace-{socket.gethostname()}-{settings.port}-"
