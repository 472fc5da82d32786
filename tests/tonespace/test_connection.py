"""How the client reaches a service: addresses, retries, headers, proxies and certificates."""

import http.server
import json
import sys
import threading
import time

import pytest

from tonespace import Client, ProblemError, UnreachableError, connection
from tonespace.environment import proxy_to
from tonespace.errors import EnvironmentSettingError

PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]
ELSEWHERE = "http://tonespace.example:8000"
BUSY = json.dumps({"type": "t", "title": "Busy", "detail": "The queue is full.", "instance": "i"}).encode()
MODELS = b'{"models": []}'
NOBODY = "http://127.0.0.1:1"
A_SECOND, SOON = 1.0, 3.0  # s


class Script(http.server.BaseHTTPRequestHandler):
    """Answers as its server's script says, in order: a status and headers, or no answer at all."""

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        step = self.server.script.pop(0)
        if step is None:
            return
        status, headers = step
        self.send_response(status)
        content = MODELS if status == 200 else BUSY
        kind = "application/json" if status == 200 else "application/problem+json"
        for name, value in {"Content-Type": kind, "Content-Length": len(content), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  # the name that http.server calls

    def log_message(self, *_):
        pass


@pytest.fixture
def scripted():
    """A server that answers by a script; it keeps the requests that it got."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Script) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.requests, server.script = [], []
        server.url = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(monkeypatch):
    """Sets variables about the network, and none but these."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setitem(sys.modules, "socksio", None)  # as where it is not installed

    def set_all(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


def test_a_busy_service_is_asked_again_when_it_says(scripted):
    scripted.script = [(503, {"Retry-After": 1}), (200, {})]
    began = time.monotonic()
    with Client(scripted.url) as client:
        assert client.models() == []
    assert A_SECOND <= time.monotonic() - began < SOON


def test_a_request_with_a_body_is_repeated_whole(scripted):
    scripted.script = [(503, {}), None, (400, {})]
    with Client(scripted.url) as client, pytest.raises(ProblemError):
        client.encode(b"a clip")
    assert [body for _, _, body in scripted.requests] == [b"a clip"] * 3


def test_a_wait_has_a_limit_whatever_the_service_says(scripted, monkeypatch):
    monkeypatch.setattr(connection, "LONGEST_WAIT_S", 0.1)
    scripted.script = [(429, {"Retry-After": 3600}), (200, {})]
    with Client(scripted.url) as client:
        assert client.models() == []


@pytest.mark.parametrize(("status", "retries", "tries"), [(503, 0, 1), (503, 1, 2), (400, 9, 1), (500, 9, 1)])
def test_what_stays_refused_is_raised_after_as_many_tries_as_help(scripted, status, retries, tries):
    scripted.script = [(status, {})] * 10
    with (
        Client(scripted.url, retries=retries) as client,
        pytest.raises(ProblemError, match="queue is full"),
    ):
        client.models()
    assert len(scripted.requests) == tries


def test_the_key_of_the_environment_is_sent_with_every_request(scripted, monkeypatch):
    scripted.script = [(200, {})] * 2
    for key in ("", "a-key-of-the-service"):
        monkeypatch.setenv("TONESPACE_KEY", key)
        with Client(scripted.url) as client:
            client.models()
    sent = [headers.get("Authorization") for _, headers, _ in scripted.requests]
    assert sent == [None, "Bearer a-key-of-the-service"]


def test_headers_are_sent_with_every_request(scripted):
    scripted.script = [(200, {})] * 2
    with Client(scripted.url, headers={"X-API-Key": "secret"}) as client:
        client.models()
        client.models()
    assert [headers["X-API-Key"] for _, headers, _ in scripted.requests] == ["secret"] * 2


def test_a_service_that_does_not_answer_in_time_is_a_sentence(scripted, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(Script, "do_GET", lambda _: release.wait(SOON))
    with (
        Client(scripted.url, timeout=0.2) as client,
        pytest.raises(UnreachableError, match=f"answers at {scripted.url}: nothing came within 0.2 s"),
    ):
        client.models()
    release.set()


def test_the_address_is_that_of_the_environment_unless_one_is_given(scripted, monkeypatch):
    monkeypatch.setenv("TONESPACE_SERVER", scripted.url)
    scripted.script = [(200, {})]
    assert Client().models() == []
    assert Client(NOBODY).server == NOBODY
    monkeypatch.setenv("TONESPACE_SERVER", "")
    assert Client().server == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_PROXY": NOBODY},
        {"ALL_PROXY": "socks5://127.0.0.1:1"},
        {"ALL_PROXY": "nonsense://::"},
        {"HTTP_PROXY": NOBODY, "NO_PROXY": "[::1]"},
        {"HTTP_PROXY": NOBODY, "NO_PROXY": "::1,[fd00::5],10.0.0.0/8"},
        {"SSL_CERT_FILE": "/nowhere.pem"},
    ],
    ids=str,
)
def test_this_machine_is_reached_whatever_the_environment_says_of_proxies(scripted, environment, variables):
    environment(**variables)
    scripted.script = [(200, {})]
    with Client(scripted.url) as client:
        assert client.models() == []


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_another_machine_is_reached_through_the_proxy(scripted, environment, variable, scheme):
    environment(**{variable: scripted.url.replace("http://", scheme)})
    scripted.script = [(200, {})]
    with Client(ELSEWHERE) as client:
        assert client.models() == []
    assert scripted.requests[0][0] == f"{ELSEWHERE}/models"


@pytest.mark.parametrize("server", [ELSEWHERE, "http://[fd00::5]:8000", "http://10.1.2.3"])
@pytest.mark.parametrize("names", ["[fd00::5],tonespace.example,10.1.2.3", "fd00::5,.example,10.1.2.3"])
def test_no_proxy_names_machines_with_and_without_brackets(environment, server, names):
    environment(HTTP_PROXY=NOBODY, NO_PROXY=names)
    assert proxy_to(server) is None
    assert proxy_to("http://[fd00::6]:8000") is not None


@pytest.mark.parametrize(
    ("variables", "server", "sentence"),
    [
        (
            {"ALL_PROXY": "socks5://me:secret@127.0.0.1:1"},
            ELSEWHERE,
            "ALL_PROXY cannot be used: socks5://127.0.0.1:1 needs `pip install 'httpx[socks]'`, or"
            " NO_PROXY=tonespace.example.",
        ),
        (
            {"HTTP_PROXY": "gopher://127.0.0.1:1"},
            ELSEWHERE,
            "HTTP_PROXY cannot be used: it is not the address of a proxy.",
        ),
        (
            {"SSL_CERT_FILE": "/nowhere.pem"},
            "https://tonespace.example",
            "SSL_CERT_FILE cannot be used: /nowhere.pem: No such file or directory.",
        ),
    ],
    ids=["socks", "gopher", "certificates"],
)
def test_a_setting_that_cannot_be_used_is_a_sentence(environment, refused, variables, server, sentence):
    environment(**variables)
    with pytest.raises(EnvironmentSettingError) as raised:
        Client(server)
    assert str(raised.value) == sentence
    assert refused("models", "--server", server) == sentence


def test_a_proxy_where_nobody_listens_is_named_without_its_password(environment):
    environment(HTTP_PROXY="http://me:secret@127.0.0.1:1")
    with (
        Client(ELSEWHERE) as client,
        pytest.raises(UnreachableError, match=r"8000 through the proxy http://127.0.0.1:1: conn") as raised,
    ):
        client.models()
    assert "secret" not in str(raised.value)
