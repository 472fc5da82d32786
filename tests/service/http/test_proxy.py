"""The service behind nginx as Debian installs it: its default buffers, and a prefix."""

import shutil
import socket
import subprocess
import threading
import time

import httpx
import numpy as np
import pytest
import uvicorn

from service.app import create_app
from service.http.protocol import Protocol
from service.http.responses import MAX_POINT_HEADERS, point_headers
from service.settings import Settings
from service.sound.exact_point import ExactPoint
from tests.service import tiny_model

PREFIX = "/tonespace"
STARTED_WITHIN_S = 120  # on a busy machine
CONFIG = """
daemon off; pid {directory}/pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location /tonespace/ {{ proxy_pass http://127.0.0.1:{service}/; }}
    location /kept/tonespace/ {{ rewrite ^/kept(.*) $1 break; proxy_pass http://127.0.0.1:{service}; }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(ready):
    until = time.monotonic() + STARTED_WITHIN_S
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def proxied(models_dir, tmp_path_factory):
    """The address of nginx before a service that knows its prefix and has a model of many coordinates."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    directory, port = tmp_path_factory.mktemp("nginx"), free_port()
    models = shutil.copytree(models_dir, directory / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_model, "LATENT_DIM", 512)
        tiny_model.write_model(models, "wide", labels=tiny_model.LABELS)
    app = create_app(Settings(models_dir=models, default_model="voices", root_path=PREFIX))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=Protocol, lifespan="on", log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        config = CONFIG.format(directory=directory, port=port, service=listener.getsockname()[1])
        (directory / "nginx.conf").write_text(config)
        command = [nginx, "-p", str(directory), "-c", str(directory / "nginx.conf")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda: app.state.runtime.state != "starting" and listens(port))
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                server.should_exit = True
        thread.join()


@pytest.mark.parametrize("prefix", [PREFIX, f"/kept{PREFIX}"])
def test_every_path_is_found_behind_a_prefix(proxied, client, wav, prefix):
    sample = httpx.get(f"{proxied}{prefix}/sample?seed=7")
    assert sample.content == client.get("/sample?seed=7").content
    encoded = httpx.post(f"{proxied}{prefix}/encode", content=wav)
    assert encoded.json() == client.post("/encode", content=wav).json()
    for path in ("/", "/docs", "/web/docs.js", "/health/ready", "/version", "/models/voices"):
        assert httpx.get(f"{proxied}{prefix}{path}").status_code == 200, path


def test_the_contract_names_the_prefix_and_its_page_no_absolute_path(proxied, client):
    document = httpx.get(f"{proxied}{PREFIX}/openapi.json").json()
    assert document["servers"] == [{"url": PREFIX}]
    assert "servers" not in client.get("/openapi.json").json()
    page = httpx.get(f"{proxied}{PREFIX}/docs").text + httpx.get(f"{proxied}{PREFIX}/web/docs.js").text
    assert '="/' not in page
    assert '"/' not in page


def test_answers_of_a_model_with_many_coordinates_pass(proxied, wav):
    for answer in (
        httpx.get(f"{proxied}{PREFIX}/sample?seed=7&model=wide"),
        httpx.post(f"{proxied}{PREFIX}/reconstruct?model=wide", content=wav),
    ):
        assert answer.status_code == 200
        assert "tonespace-z" not in answer.headers
        assert "tonespace-labels" in answer.headers
    asked = httpx.get(f"{proxied}{PREFIX}/sample?seed=7&model=wide", headers={"accept": "application/json"})
    assert len(asked.json()["z"]) == 512


@pytest.mark.parametrize("n_coordinates", [4, 256, 512, 4096])
@pytest.mark.parametrize("n_values", [0, 6, 60, 600])
def test_the_headers_of_a_point_fit_the_buffer_of_nginx(n_coordinates, n_values):
    values = np.random.default_rng(0).normal(0, 1, n_coordinates).astype(np.float32)
    labels = {"speaker": {f"speaker {i}": 0.123456789 for i in range(n_values)}} if n_values else {}
    headers = point_headers(ExactPoint([], ",".join(map(str, values)), labels, 0.0, None))
    assert sum(map(len, headers.values())) <= MAX_POINT_HEADERS
    assert ("Tonespace-Z" in headers) == (n_coordinates <= 256)
    assert ("Tonespace-Labels" in headers) == (n_values == 6 or (n_values == 60 and n_coordinates != 256))
