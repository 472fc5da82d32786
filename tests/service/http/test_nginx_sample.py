"""docs/nginx.conf in the real nginx: TLS, limits, and the service behind it."""

import getpass
import shutil
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tonespace import Client, ProblemError

SAMPLE = (Path(__file__).parents[3] / "docs" / "nginx.conf").read_text(encoding="utf-8")
NAME = "sounds.example"
STARTED_WITHIN_S = 30
BURST, RATE = 40, 20  # requests, requests/s
SYSTEM = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
AROUND = """
user {user}; daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {sample}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def adapted(folder, service, http, https):
    """The sample with the names of this machine; everything else as it stands."""
    here = {
        "server 127.0.0.1:8000;": f"server {service.removeprefix('http://')};",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": f"{folder}/certificate.pem",
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": f"{folder}/key.pem",
    }
    sample = SAMPLE
    for there, replacement in here.items():
        assert sample.count(there) == 1, there
        sample = sample.replace(there, replacement)
    return sample


def make_certificate(folder):
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)


@pytest.fixture(scope="module")
def proxied(running, tmp_path_factory):
    """A client of nginx with the sample before the service, and the address of its plain port."""
    nginx = shutil.which("nginx", path=SYSTEM) or pytest.skip("nginx is not installed")
    folder, http, https = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    make_certificate(folder)
    config = AROUND.format(
        user=getpass.getuser(), folder=folder, sample=adapted(folder, running, http, https)
    )
    (folder / "nginx.conf").write_text(config)
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    trusted = ssl.create_default_context(cafile=folder / "certificate.pem")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + STARTED_WITHIN_S
        with httpx.Client(base_url=f"https://127.0.0.1:{https}", verify=trusted, timeout=30) as client:
            while True:
                try:
                    client.get("/health/live")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, process.stderr.read()
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield client, f"http://127.0.0.1:{http}"
        process.terminate()


@pytest.fixture
def client_of_nginx(proxied):
    return proxied[0]


@pytest.fixture
def whole_burst():
    """Before and after the test, the address may send all requests of a burst."""
    time.sleep(BURST / RATE)
    yield
    time.sleep(BURST / RATE)


def test_the_service_answers_over_tls_and_nginx_keeps_its_headers(client_of_nginx, client, listen):
    answer = client_of_nginx.get("/sample?seed=7", headers={"X-Request-ID": "r1"})
    listen(answer)
    assert answer.content == client.get("/sample?seed=7").content
    assert answer.headers["x-request-id"] == "r1"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_plain_http_is_sent_to_tls(proxied):
    answer = httpx.get(f"{proxied[1]}/sample?seed=7", headers={"Host": NAME})
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{NAME}/sample?seed=7")


@pytest.mark.parametrize("path", ["/metrics", "/admin/reload"])
def test_what_operators_ask_is_not_reached_from_outside(client_of_nginx, path):
    answer = client_of_nginx.get(path)
    assert answer.status_code == 404
    assert "nginx" in answer.text


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-99"}, {"Accept": "image/png"}])
def test_answers_of_all_kinds_pass(client_of_nginx, headers):
    assert client_of_nginx.get("/sample?seed=7", headers=headers).status_code in {200, 206}


def test_a_large_upload_reaches_the_service_and_one_that_is_too_large_its_problem(client_of_nginx, refused):
    refused(client_of_nginx.post("/encode", content=bytes(2 * 2**20)), 422, "unreadable-audio")
    refused(client_of_nginx.post("/encode", content=bytes(10 * 2**20 + 1)), 413, "body-too-large")


@pytest.mark.usefixtures("whole_burst")
def test_an_address_that_asks_too_much_gets_a_problem_that_the_client_understands(client_of_nginx):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client_of_nginx.get("/health/live"), range(4 * BURST)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= BURST
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert limited.headers["content-type"] == "application/problem+json"
    assert limited.headers["retry-after"] == "1"
    assert limited.json()["instance"]
    transport = httpx.MockTransport(
        lambda _: httpx.Response(429, headers=limited.headers, content=limited.content)
    )
    with (
        Client("http://x", retries=0, transport=transport) as tonespace,
        pytest.raises(ProblemError) as caught,
    ):
        tonespace.models()
    assert caught.value.status == 429
