"""The service as a process on a loopback port, a real browser before it, and a visitor who looks closely."""

import importlib.util
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
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
START_S = 40.0
WATCH = """
window.played = []; window.violations = []; window.pressed = 0;
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const samples = this.buffer.getChannelData(0);
  let peak = 0;
  for (const value of samples) peak = Math.max(peak, Math.abs(value));
  window.played.push({ peak, seconds: this.buffer.duration, after_ms: performance.now() - window.pressed });
  return start.apply(this, when);
};
addEventListener("pointerdown", (event) => (window.pressed = event.timeStamp), true);
addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
COUNT_PIXELS = """(canvas) => {
  const paint = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  paint.drawImage(canvas, 0, 0);
  const { data } = paint.getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
  return n;
}"""


class Service:
    """`python -m service` on a free port, which can go away and come back."""

    def __init__(self, models: Path, default: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {
            "TONESPACE_HOST": "127.0.0.1",
            "TONESPACE_PORT": str(self.port),
            "TONESPACE_MODELS_DIR": str(models),
            "TONESPACE_DEFAULT_MODEL": default,
            "TONESPACE_DRAIN_S": "0",
        }
        self.begin()

    def begin(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service"],
            cwd=ROOT,
            env={**os.environ, **self._settings},
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process.poll() is None, "the service ended while it started"
            time.sleep(0.05)
        raise AssertionError("the service did not become ready")

    def end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


def _write_model() -> tuple[Callable[..., Path], dict[str, Any]]:
    """The builder of tiny models that the service's tests use."""
    spec = importlib.util.spec_from_file_location("service_conftest", ROOT / "tests/service/conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_model, module.LABELS


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The models of TONESPACE_MODELS_DIR or of the repository with their default, else two tiny ones."""
    directory = ROOT / os.environ.get("TONESPACE_MODELS_DIR", "models")
    if list(directory.glob("digits-vae/*/manifest.json")):
        return directory, "digits-vae"
    pytest.importorskip("onnx", reason="there are no models, and without onnx none can be made")
    root = tmp_path_factory.mktemp("models")
    write_model, labels = _write_model()
    write_model(root, "voices", labels=labels)
    write_model(root, "plain", variational=False)
    return root, "voices"


@pytest.fixture(scope="session")
def service(models: tuple[Path, str]) -> Iterator[Service]:
    running = Service(*models)
    yield running
    running.end()


@pytest.fixture
def fleeting_service(models: tuple[Path, str]) -> Iterator[Service]:
    """One of its own, for a test that ends it."""
    running = Service(*models)
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Visitor:
    """A page, and what it did that it should not."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 860}, **options}
        self._context = browser.new_context(**options)
        self._context.grant_permissions(["clipboard-read", "clipboard-write", "microphone"])
        self._context.add_init_script(WATCH)
        self.page = self._context.new_page()
        self.url = url
        self.faults: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._follow)

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def _follow(self, request: Any) -> None:
        if not request.url.startswith((self.url + "/", f"blob:{self.url}/")):
            self.foreign.append(request.url)

    def open(self, hash_: str = "") -> "Visitor":
        self.page.goto(f"{self.url}/{hash_}")
        self.page.wait_for_selector("#model:enabled")
        self.page.wait_for_selector("#sliders input", state="attached")
        return self

    def open_tool(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def press(self, x: float = 0.5, y: float = 0.5) -> None:
        """Clicks on the map; x and y are shares of its size."""
        box = self.page.locator("#map").bounding_box()
        self.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def played(self) -> list[dict[str, float]]:
        sounds: list[dict[str, float]] = self.page.evaluate("() => window.played")
        return sounds

    def hears(self, action: Callable[[], Any], within_s: float = 10.0) -> dict[str, float]:
        """The sound that an action brings, judged to be one."""
        before = len(self.played())
        action()
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if len(sounds := self.played()) > before:
                assert sounds[-1]["peak"] > 1e-3, "silence was played"
                assert sounds[-1]["seconds"] > 0.01
                return sounds[-1]
            self.page.wait_for_timeout(20)
        raise AssertionError(f"nothing was played; the page says: {self.said()}")

    def upload(self, data: bytes, name: str = "mine.wav", kind: str = "audio/wav") -> None:
        self.page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": data})

    def drawn(self, selector: str) -> int:
        """How many pixels of a canvas are not empty, a frame or two later."""
        self.page.wait_for_timeout(100)
        count: int = self.page.locator(selector).evaluate(COUNT_PIXELS)
        return count

    def is_told(self, words: str, within_s: float = 20.0) -> bool:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if words in self.said():
                return True
            self.page.wait_for_timeout(50)
        return False

    def said(self) -> str:
        """What the live regions tell."""
        texts: list[str] = self.page.locator("#notice:visible, #problem:visible").all_inner_texts()
        return " ".join(texts)

    def file(self) -> bytes:
        """The sound that is shown, as it is downloaded."""
        with self.page.expect_download() as coming:
            self.page.click("#download")
        return Path(coming.value.path()).read_bytes()

    def link(self) -> str:
        """The address that brings back what is shown, from # on."""
        self.page.click("#share")
        copied: str = self.page.evaluate("() => navigator.clipboard.readText()")
        assert copied.startswith(f"{self.url}/#")
        return copied.removeprefix(f"{self.url}/")

    def leave(self) -> None:
        violations = self.page.evaluate("() => window.violations")
        self._context.close()
        assert not violations
        assert not self.foreign, "something was asked of another origin"
        assert not self.faults


@pytest.fixture
def visitor_of(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens the page of a service; at the end nothing may have gone wrong on it."""
    visitors: list[Visitor] = []

    def come(service: Service, hash_: str = "", **options: Any) -> Visitor:
        visitors.append(Visitor(browser, service.url, **options))
        return visitors[-1].open(hash_)

    yield come
    for visitor in visitors:
        visitor.leave()


@pytest.fixture
def visit(visitor_of: Callable[..., Visitor], service: Service) -> Callable[..., Visitor]:
    return partial(visitor_of, service)


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    return visit()


@pytest.fixture(scope="session")
def recording() -> bytes:
    """A tone that fades, 0.4 s at 16 kHz, as a WAV file."""
    t = np.arange(6400) / 16_000
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.4 * np.sin(2 * np.pi * 440 * t) * np.exp(-4 * t), 16_000, format="WAV")
    return buffer.getvalue()
