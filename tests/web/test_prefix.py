"""The page behind a reverse proxy that serves it below a path: nginx with its default buffers."""

import os
import shutil
import socket
import subprocess
import time
from types import SimpleNamespace

import httpx
import pytest

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
START_S = 30.0
CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location /sounds/ {{ proxy_pass {service}/; }} }}
}}
"""


@pytest.fixture
def proxied(service, tmp_path):
    """The address of the service below /sounds of an nginx."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # its workers write below tmp_path
    config.write_text(CONFIG.format(folder=tmp_path, port=port, service=service.url, user=user))
    process = subprocess.Popen([NGINX, "-c", str(config), "-e", str(tmp_path / "error.log")])
    url = f"http://127.0.0.1:{port}/sounds"
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                break
        except httpx.TransportError:
            pass
        assert process.poll() is None, (tmp_path / "error.log").read_text()
        time.sleep(0.05)
    yield SimpleNamespace(url=url)
    process.terminate()
    process.wait(START_S)


def test_the_page_works_below_a_prefix(proxied, visitor_of, recording):
    visitor = visitor_of(proxied, "#model=digits-vae")
    page = visitor.page
    visitor.plays(visitor.press)
    visitor.plays(lambda: visitor.convert(1))
    assert f"{proxied.url}/generate" in page.inner_text("#curl")
    visitor.plays(lambda: visitor.upload(recording))
    page.click("#set-a")
    page.focus("#share")
    visitor.plays(lambda: page.keyboard.press("PageUp"))  # with mixed labels in its headers
    visitor.plays(lambda: page.click("#play-path"))
    visitor.open_tool("Your sound")
    page.click("#record")
    page.wait_for_selector("#level:visible")
    page.wait_for_timeout(600)
    visitor.plays(lambda: page.click("#record"))
    friend = visitor_of(proxied, visitor.link())
    friend.plays(lambda: friend.page.locator("#replica .play").click())
    assert httpx.get(f"{proxied.url}/{page.get_attribute('header a', 'href')}").status_code == 200
