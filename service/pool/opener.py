"""The process that opens the models and forks workers, as the front process starts it."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from service.messages import frame
from service.settings import Settings

PACKAGES = Path(__file__).parents[2]


class Opener(NamedTuple):
    """A process that has begun to open the models."""

    process: subprocess.Popen[bytes]
    control: socket.socket  # takes the socket of each worker; the process ends with it
    folder: TemporaryDirectory[str] | None  # for its temporary files

    def wait(self) -> None:
        """Returns when the process has ended, and removes the files that it left if it was killed."""
        self.process.wait()
        if self.folder:
            self.folder.cleanup()


def start_opener(settings: Settings) -> Opener:
    """A process that opens the models of the settings."""
    ours, theirs = socket.socketpair()
    folder = _temporary_folder()
    path = os.pathsep.join([str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": path} | ({"TMPDIR": folder.name} if folder else {}),
            start_new_session=True,  # Ctrl-C is for the front process
        )
    ours.sendall(frame(settings.of_workers))
    return Opener(process, ours, folder)


def _temporary_folder() -> TemporaryDirectory[str] | None:
    """A new folder; None where none can be made, and the process says what that costs."""
    try:
        return TemporaryDirectory(prefix="tonespace-", ignore_cleanup_errors=True)
    except OSError:
        return None
