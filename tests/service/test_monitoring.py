"""The dashboard, the alerts and the scrapes, tested with the real Prometheus."""

import json
import math
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.service.processes import Service

pytestmark = pytest.mark.slow

MONITORING = Path(__file__).parents[2] / "monitoring"
DASHBOARD = json.loads((MONITORING / "grafana" / "tonespace.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
KEY = "a-key-for-prometheus"
TRAFFIC_S = 6.0
ANSWERED_WITHIN_S = 30.0
NAME = re.compile(r"\b(?:tonespace|http_server)_\w+|\bup\b")


def program(name):
    return shutil.which(name) or pytest.skip(f"{name} is not installed (Debian: apt install prometheus)")


def promtool(*arguments):
    return subprocess.run([program("promtool"), *arguments], cwd=MONITORING, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of monitoring/ that scrapes a given address every half second."""
    folder = tmp_path_factory.mktemp("prometheus")
    shutil.copy(MONITORING / "alerts.yml", folder)
    (folder / "key").write_text(KEY)
    return folder


def configuration(folder, target):
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    (job,) = config["scrape_configs"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": [target]}]
    job["authorization"]["credentials_file"] = str(folder / "key")
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(scope="module")
def queried(models_dir, folder):
    """Evaluates an expression in a Prometheus that has watched the service under some traffic."""
    prometheus = program("prometheus")
    service = Service(models_dir, drain_s=0, api_keys=f"{KEY},another-key-of-them")
    service.wait_until_ready()
    port = free_port()
    command = [
        prometheus,
        f"--config.file={configuration(folder, f'127.0.0.1:{service.port}')}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def query(expression):
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": expression})
            answer.raise_for_status()
            return answer.json()["data"]["result"]

        wait_for_scrape(query)
        make_traffic(service.url)
        yield query
    finally:
        process.terminate()
        process.wait()
        service.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_scrape(query):
    until = time.monotonic() + ANSWERED_WITHIN_S
    while time.monotonic() < until:
        try:
            if any(float(r["value"][1]) == 1 for r in query('up{job="tonespace"}')):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("Prometheus did not read the service")


def make_traffic(url):
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as client:
        wav = client.get("/sample?seed=7").content
        until = time.monotonic() + TRAFFIC_S
        while time.monotonic() < until:
            client.get("/sample")
            client.post("/reconstruct", content=wav)
            client.get("/sample?model=nobody")
            client.get("/nothing")
            time.sleep(0.05)


def expressions():
    return [(panel["title"], target["expr"]) for panel in PANELS.values() for target in panel["targets"]]


@pytest.mark.parametrize(("title", "expression"), expressions())
def test_every_query_of_the_dashboard_has_a_finite_answer(queried, title, expression):
    answers = queried(expression.replace("$__rate_interval", "20s"))
    assert answers, title
    assert all(math.isfinite(float(answer["value"][1])) for answer in answers)


def test_the_dashboard_shows_what_happened(queried):
    def of(title, n_target=0):
        expression = PANELS[title]["targets"][n_target]["expr"].replace("$__rate_interval", "20s")
        return {tuple(r["metric"].values()): float(r["value"][1]) for r in queried(expression)}

    assert {("/sample",), ("/reconstruct",), ("/metrics",), ("none",)} <= of("Requests by route").keys()
    assert {("200",), ("404",)} <= of("Requests by status").keys()
    assert set(of("Problems")) == {("unknown-model",), ("not-found",)}
    assert 0 < of("Time of a request", 0)[()] <= of("Time of a request", 2)[()] < 10
    assert of("Answering", 0) == {(): 1}


@pytest.mark.parametrize(
    "rule", yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
)
def test_every_alert_reads_metrics_that_there_are(queried, rule):
    for name in NAME.findall(rule["expr"]):
        assert queried(name), name


def test_prometheus_reads_the_configuration(folder):
    checked = promtool("check", "config", str(configuration(folder, "127.0.0.1:1")))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_when_it_should_and_only_then():
    tested = promtool("test", "rules", "alerts-test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    cases = yaml.safe_load((MONITORING / "alerts-test.yml").read_text())["tests"]
    fired = {case["alertname"] for t in cases for case in t["alert_rule_test"] if "exp_alerts" in case}
    quiet = {case["alertname"] for t in cases for case in t["alert_rule_test"] if "exp_alerts" not in case}
    assert fired == {rule["alert"] for rule in rules} == quiet


def test_every_panel_has_a_place_of_its_own_and_the_provisioned_source():
    source = yaml.safe_load((MONITORING / "grafana" / "datasource.yml").read_text())["datasources"][0]
    taken = set()
    for panel in PANELS.values():
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
        assert panel["description"]
        place = panel["gridPos"]
        cells = {(x, place["y"]) for x in range(place["x"], place["x"] + place["w"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
    assert len(PANELS) == len(DASHBOARD["panels"]) == len({panel["id"] for panel in PANELS.values()})
