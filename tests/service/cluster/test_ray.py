"""The service on Ray Serve; `make test-ray` runs these tests, and those of tests/service/http against it."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import COMMAND

pytestmark = pytest.mark.skipif(
    "service.cluster" not in COMMAND, reason="needs Ray: make test-ray installs and runs it"
)

SCALED_WITHIN_S = 60.0
ANSWERED_WITHIN_S = 60.0


def replicas(url):
    """The processes of the replicas that serve this address."""
    title = re.compile(rf"ray::ServeReplica:tonespace-.*-{httpx.URL(url).port}-\d+:replica")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if title.match((process / "cmdline").read_text()):
                found.append(int(process.name))
        except OSError:  # it has ended
            continue
    return found


def metric(url, name):
    (value,) = re.findall(rf"^{name} (\S+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE)
    return float(value)


def answers(url, seeds, n=1, at_once=4):
    with httpx.Client(timeout=ANSWERED_WITHIN_S) as http, ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda seed: http.get(f"{url}/sample?seed={seed}&n={n}"), seeds))


def test_replicas_are_added_under_load(running):
    deadline = time.monotonic() + SCALED_WITHIN_S
    while len(replicas(running)) < 2 and time.monotonic() < deadline:
        assert {answer.status_code for answer in answers(running, range(100))} == {200}
    assert len(replicas(running)) == 2


def test_a_replica_that_is_killed_under_load_loses_nothing(running):
    expected = [answer.content for answer in answers(running, range(40), n=64)]
    lost_before = metric(running, "tonespace_workers_lost_total")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(answers, running, range(40), n=64)
        while metric(running, "tonespace_requests_in_flight") < 3:  # /metrics is one of them
            time.sleep(0.001)
        for pid in replicas(running):
            os.kill(pid, signal.SIGKILL)
        got = asked.result()
    assert [answer.status_code for answer in got] == [200] * 40
    assert [answer.content for answer in got] == expected
    assert metric(running, "tonespace_workers_lost_total") > lost_before


def test_models_are_opened_anew_without_losing_a_request(running):
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(answers, running, range(100))
        reloaded = httpx.post(f"{running}/admin/reload", timeout=ANSWERED_WITHIN_S)
        assert {answer.status_code for answer in asked.result()} == {200}
    assert reloaded.json()["default"] == "voices@2"
    assert httpx.get(f"{running}/sample?seed=1").status_code == 200
