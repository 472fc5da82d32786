"""The tools in a real browser: sample, your own sound, morph, shape."""

import pytest

WALK_STEPS = 4


def test_a_seed_draws_the_same_sound_and_another_seed_another(visitor):
    visitor.open_tool("Sample")

    def drawn(seed):
        visitor.page.fill("#seed", str(seed))
        visitor.hears(lambda: visitor.page.locator("#seed").press("Enter"))
        return visitor.file()

    seven = drawn(7)
    assert drawn(8) != seven
    assert drawn(7) == seven


def test_the_temperature_and_the_tone_change_a_sample(visitor):
    visitor.open_tool("Sample")
    visitor.hears(lambda: visitor.page.click("#draw"))
    first = visitor.file()
    visitor.page.locator("#temperature").focus()
    visitor.hears(lambda: visitor.page.keyboard.press("Home"))
    cold = visitor.file()
    assert cold != first
    tone = visitor.page.locator("#tone select").last
    visitor.hears(lambda: tone.select_option(index=2))
    assert visitor.file() != cold
    assert "label=" in visitor.page.inner_text("#curl")


def test_a_seed_that_is_none_is_not_asked_for(visitor):
    visitor.open_tool("Sample")
    visitor.page.fill("#seed", "-1")
    visitor.page.locator("#seed").press("Enter")
    visitor.page.wait_for_timeout(200)
    assert visitor.played() == []


def test_a_microphone_is_heard_lands_and_speaks_in_another_tone(visitor):
    page = visitor.page
    page.click("#record")
    page.wait_for_selector("#level:visible")
    page.wait_for_timeout(1600)
    visitor.hears(lambda: page.click("#record"))
    assert page.inner_text("#now-title").startswith("Your sound")
    assert visitor.drawn("#original canvas") > 1000
    assert "dB" in page.inner_text("#quality")
    visitor.hears(lambda: page.locator("#original .play").click())
    visitor.hears(lambda: page.locator("#replica .play").click())
    replica = visitor.file()
    tone = page.locator("#tone select").last
    visitor.hears(lambda: tone.select_option(index=1))
    first = visitor.file()
    visitor.hears(lambda: tone.select_option(index=2))
    assert len({replica, first, visitor.file()}) >= 2
    assert "--data-binary @recording.wav" in page.inner_text("#curl")


def test_a_file_lands_on_the_map(visitor, recording):
    visitor.hears(lambda: visitor.upload(recording))
    assert "mine.wav" in visitor.page.inner_text("#about")
    assert visitor.page.is_visible("#original")


def test_a_dropped_file_lands_too(visitor, recording):
    drop = """(data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(data)], "dropped.wav", { type: "audio/wav" }));
      for (const kind of ["dragover", "drop"])
        document.body.dispatchEvent(
          new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    visitor.press()
    visitor.hears(lambda: visitor.page.evaluate(drop, list(recording)))
    assert visitor.page.is_hidden("#drop")


@pytest.mark.parametrize(("data", "words"), [(b"no sound at all", "read"), (b"", "empty")])
def test_a_refused_upload_is_told_in_the_services_words(visitor, data, words):
    visitor.upload(data, "notes.txt", "text/plain")
    problem = visitor.page.get_by_role("alert")
    problem.wait_for()
    assert words in problem.inner_text()
    visitor.forgive("422")  # the browser logs the answer
    visitor.hears(visitor.press)
    assert problem.is_hidden()


def test_a_refused_upload_leaves_the_one_before_to_be_toned(visitor, recording):
    visitor.hears(lambda: visitor.upload(recording))
    visitor.upload(b"no sound at all", "notes.txt", "text/plain")
    visitor.page.get_by_role("alert").wait_for()
    visitor.forgive("422")
    own = visitor.file()
    visitor.hears(lambda: visitor.page.locator("#tone select").last.select_option(index=1))
    assert visitor.file() != own


def test_an_end_of_a_walk_is_what_was_heard(visitor, recording):
    visitor.hears(lambda: visitor.upload(recording))
    replica = visitor.samples()
    visitor.page.click("#set-a")
    visitor.hears(lambda: visitor.page.click("#play-a"))
    assert visitor.samples() == replica
    visitor.open_tool("Sample")
    visitor.hears(lambda: visitor.page.click("#draw"))
    sample = visitor.samples()
    visitor.page.click("#set-b")
    visitor.hears(lambda: visitor.page.click("#play-b"))
    assert visitor.samples() == sample


def test_the_morph_slider_and_the_walk_are_heard(visitor):
    page = visitor.page
    visitor.hears(visitor.press)
    page.click("#set-a")
    assert page.is_visible("#morph")
    visitor.hears(lambda: visitor.press(0.35, 0.35))
    page.click("#set-b")
    visitor.hears(lambda: page.click("#play-a"))
    page.focus("#walk")
    for _ in range(3):
        visitor.hears(lambda: page.keyboard.press("ArrowRight"))
    assert "15 %" in page.inner_text("#morph")
    visitor.hears(lambda: page.click("#play-b"))
    step = len(visitor.file())
    page.fill("#steps", str(WALK_STEPS))
    visitor.hears(lambda: page.click("#walk-all"))
    assert len(visitor.file()) > step
    assert "/morph" in page.inner_text("#curl")


def test_an_end_of_the_line_can_be_dragged(visitor):
    visitor.hears(visitor.press)
    visitor.page.click("#set-a")
    box = visitor.page.locator("#map").bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    before = visitor.page.inner_text("#curl")
    mouse.down()
    visitor.hears(lambda: mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"], steps=4))
    mouse.up()
    visitor.page.wait_for_timeout(300)
    assert visitor.page.inner_text("#now-title").startswith("A")
    assert visitor.page.inner_text("#curl") != before


def test_every_slider_shapes_the_sound(visitor):
    visitor.hears(visitor.press)
    visitor.open_tool("Shape")
    sliders = visitor.page.locator("#sliders input")
    assert 1 <= sliders.count() <= 8
    files = {visitor.file()}
    for i in range(sliders.count()):
        sliders.nth(i).focus()
        visitor.hears(lambda: visitor.page.keyboard.press("End"))
        files.add(visitor.file())
    assert len(files) == sliders.count() + 1
