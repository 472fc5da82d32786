"""The real application on tiny real models, and the sounds that tests send to it."""

import io
import os
import socket
import threading
import time
from contextlib import AbstractAsyncContextManager, ExitStack
from typing import Any

import anyio.from_thread
import httpx
import numpy as np
import pytest
import soundfile
import uvicorn

from service.app import create_app
from service.http.protocol import Protocol
from service.settings import Settings
from service.sound.store import Store
from tests.service.processes import Service
from tests.service.tiny_model import LABELS, NOTES, write_model

STARTED_WITHIN_S = 10
CLUSTER_WITHIN_S = 180  # for its start and its end
COMMAND = os.environ.get("SERVICE_COMMAND", "").split()  # of the service under test; without it, none


class Requests:
    """HTTP requests whose bodies can come in pieces."""

    def __init__(self, stack, **options):
        self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        self._client = httpx.AsyncClient(**options)
        stack.callback(self._portal.call, self._client.aclose)

    def request(self, method, path, **options):
        async def send():
            return await self._client.request(method, path, **options)

        return self._portal.call(send)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)


class Client(Requests):
    """HTTP requests to the application in this process, through its real lifespan."""

    def __init__(self, app, stack):
        super().__init__(stack, transport=httpx.ASGITransport(app), base_url="http://service")
        self.app = app
        lifespan: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        stack.enter_context(self._portal.wrap_async_context_manager(lifespan))

    def wait_until_ready(self):
        self._portal.call(self.app.state.runtime.settled)


class SocketClient(Requests):
    """HTTP requests to the process of SERVICE_COMMAND."""

    def __init__(self, url, stack):
        super().__init__(stack, base_url=url, timeout=CLUSTER_WITHIN_S)

    @property
    def app(self):
        pytest.skip("the application is in another process")


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory):
    """`voices` 1 and 2 (VAE, labels; 2 refined) and `plain` (AE, no labels)."""
    root = tmp_path_factory.mktemp("models")
    write_model(root, "voices", version=1, labels=LABELS)
    write_model(root, "voices", version=2, labels=LABELS, refined=True)
    write_model(root, "plain", variational=False)
    return root


@pytest.fixture(scope="session")
def start():
    """Starts an application with the settings given, those of None left out; all stop at the end."""
    if COMMAND:
        pytest.skip("this needs a service with settings of its own")
    with ExitStack() as stack:

        def start_one(**settings):
            given = {"default_model": "voices", "workers": 2, **settings}
            app = create_app(Settings(**{name: value for name, value in given.items() if value is not None}))
            client = Client(app, stack)
            client.wait_until_ready()
            return client

        yield start_one


@pytest.fixture(scope="session")
def store(models_dir):
    """The models, open in this process."""
    return Store.open(models_dir, "voices", "cpu")


@pytest.fixture(scope="session")
def client(request, models_dir):
    if not COMMAND:
        yield request.getfixturevalue("start")(models_dir=models_dir)
        return
    with ExitStack() as stack:
        yield SocketClient(request.getfixturevalue("running"), stack)


@pytest.fixture(scope="session")
def notes(start, tmp_path_factory):
    """A service whose default model plays notes; `tones` calls their pitch by another name."""
    root = tmp_path_factory.mktemp("notes")
    write_model(root, "notes", labels=NOTES, numbers={"pitch": "MIDI note"})
    tones = {"instrument": NOTES["instrument"], "tone": NOTES["pitch"]}
    write_model(root, "tones", labels=tones, numbers={"tone": "MIDI note"})
    write_model(root, "voices", labels=LABELS)
    write_model(root, "plain", variational=False)
    return start(models_dir=root, default_model="notes", workers=2)


@pytest.fixture
def caplog(caplog):
    if COMMAND:
        pytest.skip("the log is that of another process")
    return caplog


@pytest.fixture(scope="session")
def running(models_dir):
    """The address of the service on a real socket."""
    if COMMAND:
        service = Service(models_dir, COMMAND, drain_s=0, workers=2, log_level="warning")
        service.wait_until_ready(CLUSTER_WITHIN_S)
        yield service.url
        service.stop(exit_within_s=CLUSTER_WITHIN_S)
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(Settings(models_dir=models_dir, default_model="voices", workers=1))
        server = uvicorn.Server(uvicorn.Config(app, http=Protocol, lifespan="on", log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + STARTED_WITHIN_S
        while app.state.runtime.state == "starting" and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def clip():
    """Two partials that fade, 0.1 s at 8 kHz, peak near -14 dBFS: shorter than the window."""
    t = np.arange(800) / 8000
    tone = np.sin(2 * np.pi * 500 * t) + 0.5 * np.sin(2 * np.pi * 1500 * t)
    return (0.13 * tone * np.exp(-8 * t)).astype(np.float32)


def write_sound(waveform, sample_rate=8000, **options):
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, sample_rate, **{"format": "WAV", "subtype": "PCM_16", **options})
    return buffer.getvalue()


@pytest.fixture(scope="session")
def wav(clip):
    return write_sound(clip)


@pytest.fixture(scope="session")
def make_model():
    return write_model


@pytest.fixture(scope="session")
def make_sound():
    return write_sound


@pytest.fixture(scope="session")
def listen():
    """Decodes an audio answer and checks it: one channel, the right rate, sound in it."""

    def check(response):
        assert response.status_code == 200, response.text
        assert int(response.headers["content-length"]) == len(response.content)
        rate = int(response.headers["tonespace-sample-rate"])
        options: dict[str, Any] = {}
        if response.headers["content-type"] == "audio/pcm":
            options = {"format": "RAW", "subtype": "PCM_16", "channels": 1, "samplerate": rate}
        waveform, found_rate = soundfile.read(io.BytesIO(response.content), dtype="float32", **options)
        assert (waveform.ndim, found_rate) == (1, rate)
        assert np.isfinite(waveform).all()
        assert 1e-3 < np.abs(waveform).max() <= 1.1  # lossy formats overshoot a little
        return waveform

    return check


@pytest.fixture(scope="session")
def refused():
    """The problem of an answer, after a check that it is one."""

    def check(response, status, slug):
        assert response.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = response.json()
        assert (response.status_code, problem["type"]) == (status, f"urn:tonespace:problem:{slug}"), problem
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["instance"] == response.headers["x-request-id"]
        return problem

    return check
