"""Traces reach a collector where one is set, and cost nothing where none is."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import ValidationError

from service import settings as settings_module
from service.settings import Settings, invalid_settings
from tests.service.processes import Service

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps the spans that it gets."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += [(self.path, resource.resource, span) for span in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def collector():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.spans = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def attributes(of):
    return {a.key: a.value.string_value or a.value.int_value or a.value.array_value for a in of.attributes}


def test_a_request_is_a_span_of_the_clients_trace(collector, models_dir):
    address = f"http://127.0.0.1:{collector.server_port}"
    service = Service(models_dir, drain_s=0, traces_endpoint=address, log_format="json")
    service.wait_until_ready()
    sent = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "r1"}
    assert httpx.get(f"{service.url}/models/voices", headers=sent).status_code == 200
    assert httpx.get(f"{service.url}/metrics").status_code == 200
    log = service.stop()
    assert "Traceback" not in log
    ((path, resource, span),) = collector.spans
    assert path == "/v1/traces"
    assert attributes(resource)["service.name"] == "tonespace"
    assert span.name == "GET /models/{name}"
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    found = attributes(span)
    assert (found["http.route"], found["http.response.status_code"]) == ("/models/{name}", 200)
    (line,) = [json.loads(line) for line in log.splitlines() if '"r1"' in line]
    assert (line["trace_id"], line["span_id"]) == (TRACE, span.span_id.hex())


def test_a_collector_that_is_away_stops_no_request(models_dir):
    service = Service(models_dir, drain_s=0, traces_endpoint="http://127.0.0.1:1")
    service.wait_until_ready()
    assert httpx.get(f"{service.url}/sample").status_code == 200
    service.stop()
    assert service.process.returncode == 0


def test_without_the_setting_neither_their_packages_nor_those_of_json_are_imported():
    code = (
        "import sys; from service.app import create_app; from service.settings import Settings;"
        "create_app(Settings());"
        "print([name for name in sys.modules if "
        " name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'structlog'))])"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TONESPACE_")}
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True).stdout == "[]\n"


def test_traces_without_their_packages_are_a_sentence(monkeypatch):
    monkeypatch.setattr(settings_module.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("TONESPACE_TRACES_ENDPOINT", "http://127.0.0.1:4318")
    with pytest.raises(ValidationError) as caught:
        Settings()
    (sentence,) = invalid_settings(caught.value)
    assert sentence == (
        "TONESPACE_TRACES_ENDPOINT: traces need `pip install -r requirements/service-traces.txt`"
    )
