"""From a key to its sound, and eight held voices: the page in chromium and the service, over loopback."""

import random
from typing import Any

import numpy as np

from benchmarks.answering import service
from benchmarks.pointer import page_of

N_WARMUP, N_KEYS = 10, 200
LONGEST_PAUSE_MS = 120
FILLED_MS = 20_000  # until every note is fetched
TIMBRE = "#model=tones&label=instrument:church-organ&seed=7&temperature=1"  # its notes do not decay
HELD_S = 60
CHORD = "adgjk;wo"  # eight letters that are keys
BUS = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    window.bus ??= new GainNode(to.context);
    connect.call(this, window.bus);
  }
  return connect.call(this, to, ...more);
};
"""
RECORD = """async (seconds) => {
  const { context } = window.bus;
  await context.audioWorklet.addModule("web/capture.js");
  const tap = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  const [levels, rate] = [[], context.sampleRate];
  tap.port.onmessage = ({ data }) => levels.push(Math.hypot(...data) / Math.sqrt(data.length));
  window.bus.connect(tap);
  const [began, clock] = [performance.now(), context.currentTime];
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  window.bus.disconnect(tap);
  return { levels, rate, rendered: context.currentTime - clock, elapsed: (performance.now() - began) / 1000 };
}"""


def open_keys(page: Any) -> None:
    """Opens the page and the keys anew; no note is there."""
    page.reload()
    page.wait_for_selector("#download:enabled")
    page.click("#open-play")
    page.wait_for_selector("#keyboard button")


def pressed(page: Any, fresh: bool) -> list[float]:
    """The waits in ms from a key to its sound; `fresh` changes the timbre before each key."""
    rng = random.Random(1)
    page.evaluate("() => { window.waits = []; }")
    for n in range(1, N_WARMUP + N_KEYS + 1):
        if fresh:
            page.focus("#blend")
            page.keyboard.press(rng.choice(("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown")))
        page.evaluate("() => { window.asked = 0; }")
        letter = rng.choice("awsedftgyhujkolp")
        page.keyboard.down(letter)
        page.wait_for_function("(n) => window.waits.length >= n", arg=n)
        page.wait_for_timeout(rng.uniform(0, LONGEST_PAUSE_MS))
        page.keyboard.up(letter)
    waits: list[float] = page.evaluate("() => window.waits")
    return waits[N_WARMUP : N_WARMUP + N_KEYS]


def opened(page: Any) -> list[float]:
    """The waits of the first key after the model is opened, when no note is there."""
    waits = []
    for _ in range(N_WARMUP):
        open_keys(page)
        page.keyboard.down("a")
        page.wait_for_function("() => window.waits.length")
        waits += page.evaluate("() => window.waits.slice(0, 1)")
        page.keyboard.up("a")
    return waits


def held(page: Any) -> None:
    """Prints what eight voices gave in a minute."""
    open_keys(page)
    page.wait_for_timeout(FILLED_MS)
    for letter in CHORD:
        page.keyboard.down(letter)
    page.wait_for_timeout(2000)
    record = page.evaluate(RECORD, HELD_S)
    levels = np.array(record["levels"])
    n_dropouts = int((levels < 0.1 * np.median(levels)).sum())
    spread_db = np.ptp(20 * np.log10(np.quantile(levels, [0.001, 0.999])))
    print(
        f"\n{len(CHORD)} voices, {record['elapsed']:.1f} s: the audio clock went {record['rendered']:.1f} s, "
        f"{len(levels)} blocks of 128 samples arrived of {record['elapsed'] * record['rate'] / 128:.0f}, "
        f"{n_dropouts} of them 20 dB below the median (spread of 998 in 1000: {spread_db:.1f} dB)"
    )


def main() -> None:
    """Prints the table and the line about the held voices."""
    with service() as client, page_of(f"{client.base_url}/{TIMBRE}", BUS) as page:
        print("| until its sound starts | keys | median ms | p95 ms | maximum ms |\n|---|---|---|---|---|")
        first = opened(page)
        page.wait_for_timeout(FILLED_MS)
        rows = {
            "a key, its note fetched": pressed(page, fresh=False),
            "a key at once after a new timbre": pressed(page, fresh=True),
        }
        for name, waits in ({"the first key, nothing fetched": first} | rows).items():
            median, p95 = np.percentile(waits, [50, 95])
            print(f"| {name} | {len(waits)} | {median:.1f} | {p95:.1f} | {max(waits):.1f} |")
        latency = page.evaluate("() => 1000 * window.bus.context.baseLatency")
        print(f"\nThe audio context adds {latency:.1f} ms (`baseLatency`).")
        held(page)


if __name__ == "__main__":
    main()
