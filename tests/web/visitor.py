"""A page in a real browser, and a visitor who looks closely."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

SHOWN = "#download:enabled"  # a sound is there
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

    def forgive(self, *words: str) -> None:
        """Takes back faults that were asked for."""
        self.faults = [fault for fault in self.faults if not any(word in fault for word in words)]

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def _follow(self, request: Any) -> None:
        if not request.url.startswith((self.url + "/", f"blob:{self.url}/")):
            self.foreign.append(request.url)

    def open(self, path: str, shown: str) -> "Visitor":
        self.page.goto(f"{self.url}/{path}")
        self.page.wait_for_selector(shown)
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

    def samples(self) -> list[float]:
        """What the file holds apart from how it was made."""
        samples: list[float] = soundfile.read(io.BytesIO(self.file()))[0].tolist()
        return samples

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
