"""The map in a real browser: played, moved, filtered, with pointer and keyboard."""

import re

import numpy as np
import pytest


def test_a_click_on_the_map_plays_and_shows_a_sound(visitor):
    assert visitor.painted("#points") > 100
    visitor.plays(visitor.press)
    assert visitor.page.inner_text("#result-title").startswith("Point on the map")
    assert visitor.painted("#replica canvas") > 1000
    assert "/generate" in visitor.page.inner_text("#curl")


def test_a_drag_plays_on_its_way(visitor):
    box = visitor.page.locator("#map").bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    visitor.plays(mouse.down)

    def on():
        for i in range(25):
            mouse.move(box["x"] + (0.3 + 0.016 * i) * box["width"], box["y"] + 0.5 * box["height"])
            visitor.page.wait_for_timeout(20)

    visitor.plays(on)
    mouse.up()
    assert len(visitor.played()) >= 3


def test_the_keyboard_alone_is_enough(visitor):
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("#map")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert page.inner_text("#readout")
    visitor.plays(lambda: page.keyboard.press("Enter"))
    before = visitor.painted("#points")
    for _ in range(6):
        page.keyboard.press("+")
    assert visitor.painted("#points") != before
    page.keyboard.press("0")
    assert visitor.painted("#points") == before
    page.focus("#tab-uploads")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.id") == "tab-samples"
    page.focus("#new-sample")
    visitor.plays(lambda: page.keyboard.press("Space"))


def test_every_control_can_be_focused_and_shows_it(visitor):
    visitor.plays(visitor.press)
    seen, page = set(), visitor.page
    page.evaluate("() => document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        seen_now = page.evaluate(
            "() => { const e = document.activeElement;"
            " const shown = e.id === 'file' ? document.querySelector('.button') : e;"
            " return [e.id, getComputedStyle(shown).outlineStyle]; }"
        )
        if seen_now[0]:
            assert seen_now[1] != "none", seen_now[0]
            seen.add(seen_now[0])
    assert seen >= {
        "model",
        "colour",
        "zoom-in",
        "map",
        "download",
        "copy-link",
        "tab-uploads",
        "record",
        "file",
        "copy-curl",
    }


def test_the_legend_hides_and_shows(visitor):
    buttons = visitor.page.locator("#legend button")
    whole = visitor.painted("#points")
    buttons.first.click()
    assert buttons.first.get_attribute("aria-pressed") == "false"
    assert visitor.painted("#points") < whole
    buttons.first.click()
    assert visitor.painted("#points") == whole


def test_one_of_many_values_is_found_by_its_name(visit):
    page = visit("#model=tones").page
    page.get_by_role("searchbox", name="Find instrument").fill("guitar")
    pressed = page.locator("#legend button[aria-pressed=true]").all_inner_texts()
    assert "acoustic-guitar-nylon" in pressed
    assert all("guitar" in name for name in pressed)
    assert page.locator("#legend button:visible").count() == len(pressed)
    page.get_by_role("searchbox").fill("")
    assert page.locator("#legend button[aria-pressed=true]").count() == 65


def test_a_value_is_found_by_what_all_its_recordings_share(visit):
    page = visit("#model=tones").page
    page.get_by_role("searchbox").fill("Brass")
    pressed = page.locator("#legend button[aria-pressed=true]").all_inner_texts()
    assert {"brass-section", "trumpet", "tuba", "french-horn"} <= set(pressed)
    assert "flute" not in pressed
    page.get_by_role("searchbox").fill("kazoo")
    assert "Nothing found" in page.inner_text("#legend")
    page.get_by_role("searchbox").fill("flute")
    assert "Nothing found" not in page.inner_text("#legend")


WRITTEN = """async (label) => {
  const written = [], paint = CanvasRenderingContext2D.prototype, fillText = paint.fillText;
  paint.fillText = function (text, x, y) {
    const half = this.measureText(text).width / 2;
    written.push([text, x - half, x + half]);
    fillText.call(this, text, x, y);
  };
  const colour = document.getElementById('colour');
  colour.value = label;
  colour.dispatchEvent(new Event('change'));
  await new Promise((done) => setTimeout(done, 300));
  paint.fillText = fillText;
  return written;
}"""


@pytest.mark.parametrize("size", [(1280, 1100), (420, 900)])
def test_names_on_the_map_are_whole(visit, size):
    page = visit("#model=tones", viewport=dict(zip(("width", "height"), size, strict=True))).page
    width = page.locator("#points").evaluate("(canvas) => canvas.clientWidth")
    names = page.evaluate(WRITTEN, "instrument")
    assert len(names) > 10
    assert all(left >= 0 and right <= width for _, left, right in names)


def test_values_that_lie_scattered_are_not_named_between_others(visit):
    page = visit("#model=tones").page
    assert page.evaluate(WRITTEN, "family") == []  # the middle of all pianos is no place of a piano
    assert "piano" in page.inner_text("#legend")


def test_another_label_colours_the_map(visitor):
    colour = visitor.page.locator("#colour")
    names = colour.locator("option").evaluate_all("(all) => all.map((one) => one.value)")
    before = visitor.page.inner_text("#legend")
    colour.select_option(next(name for name in names if name != colour.input_value()))
    assert visitor.page.inner_text("#legend") != before


def test_wheel_pan_and_buttons_move_the_view(visitor):
    page, whole = visitor.page, visitor.painted("#points")
    page.hover("#map")
    page.mouse.wheel(0, -600)
    assert visitor.painted("#points") != whole
    page.click("#fit")
    assert visitor.painted("#points") == whole
    page.click("#zoom-in")
    page.click("#zoom-out")
    assert abs(visitor.painted("#points") - whole) < 0.05 * whole
    page.click("#pan")
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 50 + 0.7 * box["width"], box["y"] + 100, steps=3)
    page.mouse.up()
    assert visitor.painted("#points") < whole
    assert visitor.played() == []


def test_columns_and_rows_of_the_map_are_named(visitor, client):
    labels = client.get("/models/digits-vae").json()["labels"]
    assert "columns by digit, rows by speaker" in visitor.page.inner_text("#hint")
    names = visitor.page.locator("#map-names").text_content()
    assert f"digit: {'; '.join(labels['digit'])}." in names
    assert f"speaker: {'; '.join(labels['speaker'])}." in names
    assert "map-names" in visitor.page.get_attribute("#map", "aria-describedby")


def test_a_number_rises_from_left_to_right_in_every_cluster(visit):
    page = visit("#model=tones").page
    assert "a cluster for each instrument. In each cluster, pitch rises" in page.inner_text("#hint")
    box = page.locator("#map").bounding_box()
    seen = {}  # instrument -> its pitches on the way
    for share in np.linspace(0.1, 0.9, 80):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        instrument, pitch = re.search(
            r"instrument ([\w-]+), pitch (\d+)", page.inner_text("#readout")
        ).groups()
        seen.setdefault(instrument, []).append(int(pitch))
    assert len(seen) >= 5
    assert all(pitches == sorted(pitches) for pitches in seen.values())
    assert sum(len(set(pitches)) for pitches in seen.values()) > 4 * len(seen)


def test_every_control_has_a_name(visitor):
    visitor.plays(visitor.press)
    visitor.open_tool("Shape")
    sliders = visitor.page.get_by_role("slider")
    assert sliders.count() > 1
    names = sliders.evaluate_all(
        "(all) => all.map((one) => one.getAttribute('aria-label') || one.labels[0].innerText)"
    )
    assert len(set(names)) == len(names)
    assert all(names)
    assert visitor.page.get_by_role("slider", name=names[0], exact=True).count() == 1
    unnamed = """() => [...document.querySelectorAll("button, select, input")]
      .filter((one) => !(one.getAttribute("aria-label") || one.textContent || one.labels?.length))
      .map((one) => one.id)"""
    assert visitor.page.evaluate(unnamed) == []
