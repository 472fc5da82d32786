"""`make sbom` lists exactly what the locks hold, and `make audit` passes nothing that it did not look up."""

import http.server
import json
import re
import shutil
import threading
from pathlib import Path

import pytest

from tests.contracts.test_verbs import make, needs_make

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
AS_IT_IS = "DEV="  # the environment that runs the tests is not made anew
VULNERABLE = "starlette"
NOWHERE = "http://127.0.0.1:1/v1/query"

pytestmark = [
    pytest.mark.slow,
    needs_make,
    pytest.mark.skipif(not (ROOT / ".venv" / "dev").exists(), reason="no .venv/dev"),
]


def pins(lock):
    return PIN.findall((ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8"))


def test_the_list_of_packages_is_the_lock(request):
    request.addfinalizer(lambda: shutil.rmtree(ROOT / "sbom", ignore_errors=True))
    made = make("sbom", AS_IT_IS, "LOCKS=service cli")
    assert made.returncode == 0, made.stdout + made.stderr
    for lock in ("service", "cli"):
        listed = json.loads((ROOT / "sbom" / f"{lock}.cdx.json").read_text(encoding="utf-8"))
        assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", "tonespace")
        components = listed["components"]
        assert sorted((c["name"], c["version"]) for c in components) == sorted(pins(lock))
        assert all(c["purl"].startswith(f"pkg:pypi/{c['name']}@{c['version']}") for c in components)
        assert all(reference["hashes"] for c in components for reference in c["externalReferences"])


class Advisories(http.server.BaseHTTPRequestHandler):
    """Knows every package, and an advisory for one of them, in the words of osv.dev."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        self.server.asked.append((name, asked["version"]))
        affected = [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
                "versions": [asked["version"]],
            }
        ]
        advisory = {"id": "PYSEC-0", "summary": "It has a hole.", "affected": affected}
        found = {"vulns": [advisory]} if name == self.server.vulnerable else {}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def advisories():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        server.asked, server.vulnerable = [], None
        server.url = f"http://127.0.0.1:{server.server_port}/v1/query"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def audit(address, folder):
    return make("audit", AS_IT_IS, "LOCKS=service", f"ARGS=-s osv --osv-url {address} --cache-dir {folder}")


def test_an_audit_asks_for_every_package_that_this_machine_would_install(advisories, tmp_path):
    audited = audit(advisories.url, tmp_path)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert set(advisories.asked) <= set(pins("service"))
    elsewhere = {name for name, _ in pins("service")} - {name for name, _ in advisories.asked}
    assert elsewhere <= {"colorama"}  # on Windows alone


def test_a_known_vulnerability_fails_the_audit_and_is_named(advisories, tmp_path):
    advisories.vulnerable = VULNERABLE
    audited = audit(advisories.url, tmp_path)
    assert audited.returncode != 0
    assert re.search(rf"^{VULNERABLE}\s+\S+\s+PYSEC-0", audited.stdout, re.MULTILINE)


def test_an_audit_without_its_service_fails(tmp_path):
    audited = audit(NOWHERE, tmp_path)
    assert audited.returncode != 0
    assert "Connection refused" in audited.stderr
