"""`python -m service.cluster`: the service with the replicas of Ray Serve as its workers."""

import os
import socket
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before Ray: it reports its use unless it must not

from service.__main__ import main
from service.cluster.generation import RayGeneration, connect
from service.server import serve
from service.settings import Settings


def serve_on_ray(settings: Settings, listener: socket.socket) -> int:
    """Serves with the replicas of a cluster, and returns the exit status."""
    connect(settings)
    return serve(settings, listener, new_generation=lambda queue, _: RayGeneration(settings, queue))


if __name__ == "__main__":
    sys.exit(main(serve_on_ray))
