"""A full queue is answered with the status that the service is set to, at next to no cost."""

import threading

import pytest

from service.app import create_app
from service.settings import Settings


@pytest.mark.parametrize("status", [503, 429])
def test_busy_is_503_or_429_and_says_when_to_try_again(start, models_dir, refused, status, caplog):
    client = start(models_dir=models_dir, workers=1, queue_limit=0, busy_status=status)
    busy = threading.Thread(target=client.get, args=["/sample?n=64"])
    busy.start()
    while not client.app.state.runtime.queue.full:
        pass
    caplog.clear()
    answer = client.get("/sample?seed=nonsense")  # refused before it is looked at
    assert client.get("/health/live").status_code == 200
    busy.join()
    refused(answer, status, "queue-full")
    assert int(answer.headers["retry-after"]) >= 1
    assert "x-content-type-options" in answer.headers
    assert not [record for record in caplog.records if " /sample " in record.getMessage()]
    assert "tonespace_refused_total" in client.get("/metrics").text


def test_the_contract_declares_both():
    paths = create_app(Settings()).openapi()["paths"]
    for path in ("/encode", "/reconstruct", "/generate", "/sample", "/morph"):
        for operation in paths[path].values():
            assert {"429", "503"} <= operation["responses"].keys()
