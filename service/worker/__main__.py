"""`python -m service.worker FD`: opens the models once, then forks a worker for each socket that it gets.

A worker shares the memory of the models with the process that it was forked from, and starts in milliseconds.
FD is a socket of the front process. It first carries the settings, then the socket of each worker.
"""

import os
import pickle
import signal
import socket
import sys
from contextlib import suppress

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: a process with threads cannot be forked

from service.logs import configure_logs
from service.memory import release_memory
from service.messages import LENGTH, Failure, Ready, frame
from service.sound.descriptions import opened
from service.sound.sessions import uses_gpu
from service.sound.store import Store
from service.worker.answers import work_of
from service.worker.loop import Loop
from service.worker.models import open_models
from service.worker_settings import WorkerSettings


def main() -> int:
    """Forks workers until the front process closes its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = _received(control)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # workers that end leave nothing behind
    on_gpu = uses_gpu(settings.provider)
    shared = None if on_gpu else _open(settings)  # a GPU's state does not survive a fork
    release_memory()
    while True:
        content, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not content:
            return 0
        if os.fork() == 0:
            control.close()
            with suppress(ConnectionError):  # the front process has ended
                _work(socket.socket(fileno=sockets[0]), *(shared or _open(settings)), settings)
            return 0
        os.close(sockets[0])


def _received(control: socket.socket) -> WorkerSettings:
    """The settings, read to their last byte and no further: sockets come with the bytes after them."""
    (length,) = LENGTH.unpack(control.recv(LENGTH.size, socket.MSG_WAITALL))
    settings: WorkerSettings = pickle.loads(control.recv(length, socket.MSG_WAITALL))
    configure_logs(settings.log_format, settings.log_level)
    return settings


def _open(settings: WorkerSettings) -> tuple[Store | Failure, bytes]:
    """The models, and a pickle of their description.

    A worker that makes it touches the memory of everything that is in it, so it is made before the fork.
    """
    store = open_models(settings)
    return store, b"" if isinstance(store, Failure) else pickle.dumps(opened(store))


def _work(
    connection: socket.socket, store: Store | Failure, description: bytes, settings: WorkerSettings
) -> None:
    """Says what is open, and answers tasks."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if isinstance(store, Failure):
        connection.sendall(frame(store))
        return
    connection.sendall(frame(Ready(os.getpid(), description)))
    Loop(connection, lambda task: work_of(task, store, settings.audio)).run()


if __name__ == "__main__":
    sys.exit(main())
