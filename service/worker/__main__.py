"""`python -m service.worker FD`: opens the models once, then forks a worker for each socket that it gets.

A worker shares the memory of the models with the process that it was forked from, and starts in milliseconds.
FD is a socket of the front process. It first carries the settings, then the socket of each worker.
"""

import os
import pickle
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: a process with threads cannot be forked

from service.logs import configure_logs
from service.memory import release_memory
from service.messages import LENGTH, Failure, frame
from service.sound.autoencoder import uses_gpu
from service.sound.descriptions import opened
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
    store = None if on_gpu else _opened_aside(settings)  # a GPU's state does not survive a fork
    release_memory()
    while True:
        content, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not content:
            return 0
        if os.fork() == 0:
            control.close()
            with suppress(ConnectionError):  # the front process has ended
                _work(socket.socket(fileno=sockets[0]), store or open_models(settings), settings)
            return 0
        os.close(sockets[0])


def _received(control: socket.socket) -> WorkerSettings:
    """The settings, read to their last byte and no further: sockets come with the bytes after them."""
    (length,) = LENGTH.unpack(control.recv(LENGTH.size, socket.MSG_WAITALL))
    settings: WorkerSettings = pickle.loads(control.recv(length, socket.MSG_WAITALL))
    configure_logs(settings.log_format, settings.log_level)
    return settings


def _opened_aside(settings: WorkerSettings) -> Store | Failure:
    """The models, opened in another thread.

    glibc gives a thread a heap of its own. The gaps that opening leaves lie there; in the heap of the workers
    each sound would touch other ones, and every page of them is memory that a worker has for itself.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(open_models, settings).result()


def _work(connection: socket.socket, store: Store | Failure, settings: WorkerSettings) -> None:
    """Says what is open, and answers tasks."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if isinstance(store, Failure):
        connection.sendall(frame(store))
        return
    connection.sendall(frame(opened(store)))
    Loop(connection, lambda task: work_of(task, store, settings.audio)).run()


if __name__ == "__main__":
    sys.exit(main())
