"""The process that opens the models and forks workers, as the front process starts it."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from service.messages import frame
from service.settings import Settings

PACKAGES = Path(__file__).parents[2]


class Opener(NamedTuple):
    """A process that has begun to open the models."""

    process: subprocess.Popen[bytes]
    control: socket.socket  # takes the socket of each worker; the process ends with it


def start_opener(settings: Settings) -> Opener:
    """A process that opens the models of the settings."""
    ours, theirs = socket.socketpair()
    path = os.pathsep.join([str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the front process
        )
    ours.sendall(frame(settings.of_workers))
    return Opener(process, ours)
