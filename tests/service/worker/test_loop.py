"""The loop of a worker, over a socket of the test's own."""

import math
import socket
import threading

import pytest

from service.messages import Begin, frame, taken_from
from service.sound.steps import in_one_step
from service.worker import loop

WITHIN_S = 10


@pytest.fixture
def given_back(monkeypatch):
    """Set each time that memory is given back."""
    event = threading.Event()
    monkeypatch.setattr(loop, "trim_memory", event.set)
    monkeypatch.setattr(loop, "REST_S", 0.05)
    return event


@pytest.fixture
def connection():
    """The front's end of a connection to a loop that doubles numbers."""
    ours, theirs = socket.socketpair()
    work = threading.Thread(target=loop.Loop(theirs, lambda task: in_one_step(lambda: 2 * task)).run)
    work.start()
    with ours:
        ours.settimeout(WITHIN_S)
        yield ours
    work.join(WITHIN_S)
    theirs.close()


def answer_of(connection, number, task):
    connection.sendall(frame(Begin(number, math.inf, task)))
    received = bytearray()
    while not (steps := taken_from(received)):
        received += connection.recv(2**16)
    return steps[0]


def test_a_worker_that_rests_gives_back_memory_and_answers_afterwards(given_back, connection):
    assert given_back.wait(WITHIN_S)
    assert answer_of(connection, 1, 21).result == 42
    given_back.clear()
    assert given_back.wait(WITHIN_S)
    assert answer_of(connection, 2, 4).result == 8


def test_a_worker_with_a_task_at_hand_gives_nothing_back(given_back, connection, monkeypatch):
    monkeypatch.setattr(loop, "REST_S", WITHIN_S)
    answer_of(connection, 1, 1)
    given_back.clear()
    for number in range(2, 20):
        answer_of(connection, number, 1)
    assert not given_back.is_set()
