"""A page in a real browser, and what its visitor does and sees."""

import io
import time
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

MAX_SPECTRAL_ERROR = 0.005  # of a sound whose z came in a link
SILENT = 1e-4  # root mean square
SHOWN = "#download:enabled"  # a sound is there
WATCH = """
window.played = []; window.violations = []; window.pressed = 0;
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const samples = this.buffer.getChannelData(0);
  let peak = 0;
  for (const value of samples) peak = Math.max(peak, Math.abs(value));
  const { buffer, loop, playbackRate } = this;
  const after_ms = performance.now() - window.pressed;
  window.played.push({ peak, seconds: buffer.duration, after_ms, loop, rate: playbackRate.value });
  return start.apply(this, when);
};
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode && to.context instanceof AudioContext) {
    window.tap ??= new AnalyserNode(to.context, { fftSize: 4096 });
    connect.call(this, window.tap);
  }
  return connect.call(this, to, ...more);
};
addEventListener("pointerdown", (event) => (window.pressed = event.timeStamp), true);
addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
LEVEL = """() => {
  const samples = new Float32Array(4096);
  window.tap?.getFloatTimeDomainData(samples);
  return Math.hypot(...samples) / 64;
}"""
COUNT_PIXELS = """(canvas) => {
  const paint = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  paint.drawImage(canvas, 0, 0);
  const { data } = paint.getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
  return n;
}"""


class Visitor:
    """A page, and the faults that it made."""

    def __init__(self, browser, url, **options):
        options = {"viewport": {"width": 1280, "height": 860}, **options}
        self._context = browser.new_context(**options)
        self._context.grant_permissions(["clipboard-read", "clipboard-write", "microphone"])
        self._context.add_init_script(WATCH)
        self.page = self._context.new_page()
        self.url = url
        self.faults: list[str] = []
        self._forgiven: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._log)
        self.page.on("request", self._follow)

    def forgive(self, *words):
        """Leaves out faults that the test causes on purpose, which the browser may log a little later."""
        self._forgiven += words

    def _log(self, message):
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")

    def _follow(self, request):
        if not request.url.startswith((self.url + "/", f"blob:{self.url}/")):
            self.foreign.append(request.url)

    def open(self, path, shown):
        self.page.goto(f"{self.url}/{path}")
        self.page.wait_for_selector(shown)
        return self

    def open_tool(self, name):
        self.page.get_by_role("tab", name=name).click()

    def press(self, x=0.5, y=0.5):
        """Clicks on the map; x and y are shares of its size."""
        box = self.page.locator("#map").bounding_box()
        self.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def played(self):
        sounds: list[dict[str, float]] = self.page.evaluate("() => window.played")
        return sounds

    def level(self):
        """The root mean square of the last tenth of a second at the loudspeaker."""
        level: float = self.page.evaluate(LEVEL)
        return level

    def falls_silent(self, within_s=10.0):
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.level() < SILENT:
                return True
            self.page.wait_for_timeout(50)
        return False

    def plays(self, action, within_s=30.0):
        """The sound that an action plays; it must not be silent."""
        before = len(self.played())
        action()
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if len(sounds := self.played()) > before:
                assert sounds[-1]["peak"] > 1e-3, "silence was played"
                assert sounds[-1]["seconds"] > 0.01
                return sounds[-1]
            self.page.wait_for_timeout(20)
        raise AssertionError(f"nothing was played; the page says: {self.messages()}")

    def upload(self, data, name="mine.wav", kind="audio/wav"):
        self.upload_several({name: data}, kind)

    def upload_several(self, files, kind="audio/wav"):
        chosen = [{"name": name, "mimeType": kind, "buffer": data} for name, data in files.items()]
        self.page.set_input_files("#file", chosen)

    def convert(self, value, label=-1):
        """Chooses a value of a label, by default of the last one, by its name or its index."""
        select = self.page.locator("#targets select").nth(label)
        select.select_option(**({"index": value} if isinstance(value, int) else {"value": value}))

    def values(self, label=-1):
        """The values that a label can be converted to."""
        options = self.page.locator("#targets select").nth(label).locator("option")
        values: list[str] = options.evaluate_all("(all) => all.map((one) => one.value)")
        return values[1:]

    def painted(self, selector):
        """How many pixels of a canvas are not empty, a frame or two later."""
        self.page.wait_for_timeout(100)
        count: int = self.page.locator(selector).evaluate(COUNT_PIXELS)
        return count

    def reads(self, words, within_s=30.0):
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if words in self.messages():
                return True
            self.page.wait_for_timeout(50)
        return False

    def messages(self):
        """The text of the live regions."""
        texts: list[str] = self.page.locator("#notice:visible, #problem:visible").all_inner_texts()
        return " ".join(texts)

    def file(self):
        """The sound that is shown, as it is downloaded."""
        with self.page.expect_download() as coming:
            self.page.click("#download")
        return Path(coming.value.path()).read_bytes()

    def samples(self):
        """The samples of that file, without its recipe."""
        samples: list[float] = soundfile.read(io.BytesIO(self.file()))[0].tolist()
        return samples

    def link(self):
        """The link of the sound that is shown, from # on."""
        copied = self.copied("#copy-link")
        assert copied.startswith(f"{self.url}/#")
        return copied.removeprefix(f"{self.url}/")

    def copied(self, button):
        """What a button copies; awaited, since the clipboard may still hold what another page copied."""
        self.page.evaluate("() => navigator.clipboard.writeText('')")
        self.page.click(button)
        self.page.wait_for_function("() => navigator.clipboard.readText().then(Boolean)")
        text: str = self.page.evaluate("() => navigator.clipboard.readText()")
        return text

    def leave(self):
        violations = self.page.evaluate("() => window.violations")
        self._context.close()
        assert not violations
        assert not self.foreign, "something was asked of another origin"
        faults = [fault for fault in self.faults if not any(word in fault for word in self._forgiven)]
        assert not faults, faults


def spectral_error(samples, reference):
    """The norm of the difference of two magnitude spectrograms over the norm of the second."""
    ours, theirs = (np.abs(scipy.signal.stft(signal, nperseg=256)[2]) for signal in (samples, reference))
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))
