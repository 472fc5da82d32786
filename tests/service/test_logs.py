"""The log as lines of text and as JSON."""

import json
import logging
from datetime import datetime

import pytest

from service.logs import configure_logs
from service.settings import Settings


@pytest.fixture
def log(capfd, monkeypatch):
    """Configures the log in a format; the lines that were written since, when it is called."""
    root = logging.getLogger()
    level = root.level

    def configure(log_format):
        monkeypatch.setattr(root, "handlers", [])
        configure_logs(log_format, "info")
        return lambda: [line for line in capfd.readouterr().err.splitlines() if "HTTP Request" not in line]

    yield configure
    root.setLevel(level)


def test_a_request_is_one_json_object_with_its_fields(client, log):
    lines = log("json")
    client.get("/models%0Aforged", headers={"x-request-id": "r1"})
    (line,) = [line for line in lines() if "r1" in line]
    fields = json.loads(line)
    assert fields.pop("duration_ms") > 0
    assert fields.pop("timestamp").endswith("Z")
    assert fields.pop("event").startswith("GET /models\\nforged 404 in ")
    assert fields == {
        "level": "info",
        "logger": "service.http.middleware",
        "method": "GET",
        "path": "/models\\nforged",
        "status": 404,
        "request_id": "r1",
    }


def test_every_json_line_within_a_request_has_its_id(start, models_dir, log, monkeypatch):
    client = start(models_dir=models_dir)
    lines = log("json")
    monkeypatch.delattr(client.app.state, "runtime")
    client.get("/models", headers={"x-request-id": "r2"})
    failed, answered = [json.loads(line) for line in lines() if "r2" in line]  # workers write others
    assert failed["request_id"] == answered["request_id"] == "r2"
    assert (failed["level"], answered["status"]) == ("error", 500)
    assert "AttributeError" in failed["exception"]


def test_a_line_outside_a_request_has_no_id(log):
    lines = log("json")
    logging.getLogger("elsewhere").warning("%d folders", 3)
    (line,) = lines()
    assert json.loads(line)["event"] == "3 folders"
    assert "request_id" not in json.loads(line)


def test_text_is_the_default(client, log):
    assert Settings().log_format == "text"
    lines = log("text")
    client.get("/health/live", headers={"x-request-id": "r3"})
    (line,) = lines()
    assert " INFO service.http.middleware: GET /health/live 200 in " in line
    assert line.endswith(" ms, request r3")


def test_a_line_of_text_begins_with_its_time_in_milliseconds(log):
    log("text")
    (handler,) = logging.getLogger().handlers
    for created_s in (1_700_000_000 + 1 / 128, 1_700_000_000 + 1023 / 1024, 1_700_000_001.25):
        fields = {"created": created_s, "msecs": created_s % 1 * 1000, "name": "here", "levelname": "INFO"}
        record = logging.makeLogRecord({**fields, "msg": "%d folders", "args": (3,)})
        local = datetime.fromtimestamp(created_s)
        time = local.strftime("%Y-%m-%d %H:%M:%S,") + f"{local.microsecond // 1000:03}"
        assert handler.format(record) == f"{time} INFO here: 3 folders"
