"""The loop of a worker, over a socket of the test's own."""

import math
import socket
import threading

import pytest

from service.messages import Begin, Drop, frame, taken_from
from service.sound.steps import Decoding, in_one_step
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


class Doubling:
    """In place of a decoder: doubles numbers, and remembers how many at a time."""

    def __init__(self):
        self.sizes = []

    def decode_together(self, points):
        self.sizes.append(len(points))
        if any(z == BROKEN for z, _ in points):
            raise OSError("broken")
        return [2 * z for z, _ in points]

    def decode(self, z, labels):
        return self.decode_together([(z, labels)])[0]


BROKEN = 13


@pytest.fixture
def doubling():
    return Doubling()


@pytest.fixture
def loop_of(doubling):
    """A loop that decodes numbers one after another, adds up what it gets, and stops at text."""

    def work_of(numbers):
        total = 0
        for number in numbers:
            if isinstance(number, str):
                raise ValueError(number)
            total += yield Decoding(doubling, number, {})
        return total

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(WITHIN_S)
        yield ours, loop.Loop(theirs, work_of)


def steps_of(ours, computing, *messages, n_steps=None):
    """The steps that the loop answers messages with which are all there when it begins."""
    ours.sendall(b"".join(map(frame, messages)))
    ours.shutdown(socket.SHUT_WR)
    computing.run()
    received, steps = bytearray(), []
    while len(steps) < (n_steps or len(messages)):
        received += ours.recv(2**16)
        steps += taken_from(received)
    return steps


def test_what_several_jobs_wait_for_is_decoded_together(loop_of, doubling):
    begins = [Begin(number, math.inf, [number], together=True) for number in range(6)]
    steps = steps_of(*loop_of, *begins)
    assert [(step.job, step.done, step.result) for step in steps] == [(n, True, 2 * n) for n in range(6)]
    assert doubling.sizes == [4, 2]


def test_a_job_that_goes_alone_parts_those_that_go_together(loop_of, doubling):
    together = [True, True, False, True]
    begins = [Begin(number, math.inf, [number], together[number]) for number in range(4)]
    assert [step.result for step in steps_of(*loop_of, *begins)] == [0, 2, 4, 6]
    assert doubling.sizes == [2, 1, 1]


def test_jobs_that_fail_or_are_late_keep_their_place_and_delay_no_other(loop_of, doubling):
    begins = [
        Begin(0, math.inf, ["no such label"], together=True),
        Begin(1, math.inf, [1], together=True),
        Begin(2, 0.0, [2], together=True),
        Begin(3, math.inf, [3], together=True),
    ]
    failed, first, late, second = steps_of(*loop_of, *begins)
    assert failed.job == 0
    assert failed.result.message == "no such label"
    assert first.result == 2
    assert (late.job, late.done, late.result) == (2, True, None)
    assert second.result == 6
    assert doubling.sizes == [2]


def test_an_error_of_the_decoder_belongs_to_the_job_that_has_it_alone(loop_of):
    begins = [Begin(job, math.inf, [number], together=True) for job, number in enumerate((BROKEN, 1, 2))]
    broken, *others = steps_of(*loop_of, *begins)
    assert broken.result.message == "broken"
    assert [step.result for step in others] == [2, 4]


def test_a_job_that_is_dropped_while_others_wait_does_not_part_them(loop_of, doubling):
    begins = [Begin(number, math.inf, [number], together=True) for number in range(3)]
    ours, computing = loop_of
    ours.sendall(frame(Drop(1)))  # of no job: nothing to do
    steps = steps_of(ours, computing, *begins[:2], Drop(0), begins[2], n_steps=3)
    assert [(step.job, step.result) for step in steps] == [(0, None), (1, 2), (2, 4)]
    assert doubling.sizes == [2]


def test_a_job_may_need_several_spectrograms_in_a_step(loop_of, doubling):
    begins = [Begin(0, math.inf, [1, 2, 3], together=True), Begin(1, math.inf, [4], together=True)]
    assert [step.result for step in steps_of(*loop_of, *begins)] == [12, 8]
    assert doubling.sizes == [2, 1, 1]
