"""The notes that the keys play: their loops, and those that stand in for others."""

import numpy as np
import pytest

from tests.web.keyboard import hold, open_dock

SEMITONE = 2 ** (1 / 12)
MAX_RANGE_DB = 1.0  # of the level of a looped note
LOOPED = """async ([samples, rate]) => {
  const { makeLoop } = await import("./web/play/loop.js");
  const note = Float32Array.from(samples);
  const loop = makeLoop(note, rate);
  if (!loop) return null;
  const offline = new OfflineAudioContext(1, 4 * rate, rate);
  const buffer = offline.createBuffer(1, note.length, rate);
  buffer.copyToChannel(note, 0);
  const place = { loop: true, loopStart: loop.start, loopEnd: loop.end };
  const source = new AudioBufferSourceNode(offline, { buffer, ...place });
  source.connect(offline.destination);
  source.start();
  return { decay: loop.decay, held: [...(await offline.startRendering()).getChannelData(0)] };
}"""
RATE = 16_000


def looped(visitor, seconds, decay_db, seed=1):
    """A note of five partials that loses `decay_db` a second, held for 4 s by its loop."""
    t = np.arange(int(seconds * RATE)) / RATE
    rng = np.random.default_rng(seed)
    partials = sum(np.sin(2 * np.pi * (220 * k * t + rng.random())) / k for k in range(1, 6))
    note = 0.2 * partials * 10 ** (-decay_db * t / 20)
    return visitor.page.evaluate(LOOPED, [note.tolist(), RATE])


@pytest.mark.parametrize("decay_db", [0, 12])
def test_a_loop_is_even_and_has_no_click(visitor, decay_db):
    answer = looped(visitor, 2.0, decay_db)
    held = np.array(answer["held"])[RATE // 2 :]
    blocks = held[: len(held) // 800 * 800].reshape(-1, 800)
    levels = 10 * np.log10((blocks**2).mean(axis=1))
    assert np.ptp(levels) < MAX_RANGE_DB
    steps = np.abs(np.diff(held))
    assert steps.max() < 1.1 * np.quantile(steps, 0.999)
    assert answer["decay"] == pytest.approx(decay_db, abs=0.5)


def test_a_note_that_is_over_has_no_loop(visitor):
    assert looped(visitor, 0.6, 0) is None
    assert looped(visitor, 2.0, 60) is None


def test_a_note_is_played_by_its_neighbour_until_it_is_there(visit):
    visitor = visit("#model=tones")
    visitor.page.route(
        "**/generate", lambda route: route.continue_() if '"pitch":"60"' in route.request.post_data else None
    )
    open_dock(visitor)
    visitor.page.wait_for_timeout(1500)
    sound = visitor.plays(lambda: hold(visitor, 62))
    assert sound["rate"] == pytest.approx(SEMITONE**2, rel=1e-4)
    visitor.page.mouse.up()
    visitor.page.unroute_all(behavior="ignoreErrors")
