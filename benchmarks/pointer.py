"""The time from a pointer event to its sound: the page in chromium and the service, over loopback."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.answering import service

N_WARMUP, N_SOUNDS = 10, 150
LONGEST_PAUSE_MS = 120
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=document-user-activation-required"]
WATCH = """
window.asked = 0; window.waits = [];
for (const kind of ["pointerdown", "pointermove", "keydown"])
  addEventListener(kind, (event) => (window.asked ||= event.timeStamp), true);
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  if (window.asked) window.waits.push(performance.now() - window.asked);
  window.asked = 0;
  return start.apply(this, when);
};
"""


@contextmanager
def page_of(url: str, script: str = "") -> Iterator[Any]:
    """The page, open in chromium, with a script of one's own; ends the benchmark where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("chromium is not installed: nothing is measured")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.add_init_script(WATCH + script)
        page.goto(url)
        page.wait_for_selector("#download:enabled")
        yield page
        browser.close()


def measured(page: Any, drags: bool) -> list[float]:
    """The waits in ms of sounds at random places, of the steps of a drag or of single presses."""
    box, rng = page.locator("#map").bounding_box(), random.Random(1)
    mouse = page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if drags:
        mouse.down()
    page.wait_for_timeout(500)
    page.evaluate("() => { window.asked = 0; window.waits = []; }")
    for n in range(1, N_WARMUP + N_SOUNDS + 1):
        mouse.move(
            box["x"] + rng.uniform(0.1, 0.9) * box["width"], box["y"] + rng.uniform(0.1, 0.9) * box["height"]
        )
        if not drags:
            mouse.down()
            mouse.up()
        page.wait_for_function("(n) => window.waits.length >= n", arg=n)
        page.wait_for_timeout(rng.uniform(0, LONGEST_PAUSE_MS))
    mouse.up()
    waits: list[float] = page.evaluate("() => window.waits")
    return waits[N_WARMUP:]


def main() -> None:
    """Prints the table."""
    with service() as client, page_of(f"{client.base_url}/#model=digits-vae") as page:
        print("| until its sound starts | sounds | median ms | p95 ms | maximum ms |\n|---|---|---|---|---|")
        for name, drags in (("a press", False), ("a step of a drag", True)):
            waits = measured(page, drags)
            median, p95 = np.percentile(waits, [50, 95])
            print(f"| {name} | {len(waits)} | {median:.0f} | {p95:.0f} | {max(waits):.0f} |")


if __name__ == "__main__":
    main()
