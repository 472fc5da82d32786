"""The service as a process, a real browser, and visitors of the page."""

import io
import shutil
from functools import partial

import httpx
import numpy as np
import pytest
import soundfile

from tests.web.keyboard import open_dock
from tests.web.running_service import Service
from tests.web.visitor import SHOWN, Visitor

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=document-user-activation-required",
]


@pytest.fixture(scope="session")
def service():
    running = Service()
    yield running
    running.end()


@pytest.fixture
def fleeting_service():
    """A service of its own, for a test that stops it."""
    running = Service()
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def client(service):
    with httpx.Client(base_url=service.url) as opened:
        yield opened


@pytest.fixture
def visitor_of(browser):
    """Opens pages of a service; at the end none of them may have made a fault."""
    visitors: list[Visitor] = []

    def come(service, path="", shown=SHOWN, **options):
        visitors.append(Visitor(browser, service.url, **options))
        return visitors[-1].open(path, shown)

    yield come
    for visitor in visitors:
        visitor.leave()


@pytest.fixture
def visit(visitor_of, service):
    return partial(visitor_of, service)


@pytest.fixture
def visitor(visit):
    """A visitor with `digits-vae` open."""
    return visit("#model=digits-vae")


@pytest.fixture(scope="session")
def recording():
    """A sine of 440 Hz that fades, 0.4 s at 16 kHz, as a WAV file."""
    t = np.arange(6400) / 16_000
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.4 * np.sin(2 * np.pi * 440 * t) * np.exp(-4 * t), 16_000, format="WAV")
    return buffer.getvalue()


@pytest.fixture
def player(visit):
    """A visitor with the keys of `tones` open, and the note C4 there."""
    visitor = visit("#model=tones")
    with visitor.page.expect_response(lambda answer: '"pitch":"60"' in (answer.request.post_data or "")):
        open_dock(visitor)
    visitor.page.wait_for_timeout(500)
    return visitor
