"""Links and curl lines that bring back a sound, and the page where things differ: away, dark, small."""

import shutil
import subprocess

import pytest

WALK_STEPS = 4
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def brings_back(visit, visitor):
    """Whether the link of what is shown gives the same bytes on a fresh page."""
    other = visit(visitor.link())
    other.page.wait_for_selector("#download:enabled")
    assert other.played() == []  # nothing sounds before a hand asks for it
    other.hears(lambda: other.page.locator("#replica .play").click())
    return other.file() == visitor.file()


def test_a_link_brings_back_a_point(visit, visitor):
    visitor.hears(lambda: visitor.press(0.4, 0.6))
    assert brings_back(visit, visitor)


def test_a_link_brings_back_a_sample(visit, visitor):
    visitor.open_tool("Sample")
    visitor.page.locator("#tone select").first.select_option(index=1)
    visitor.hears(lambda: visitor.page.click("#draw"))
    assert brings_back(visit, visitor)


def test_a_link_brings_back_a_step_and_a_walk(visit, visitor):
    visitor.open_tool("Morph")
    visitor.page.focus("#walk")
    visitor.hears(lambda: visitor.page.keyboard.press("PageUp"))
    assert brings_back(visit, visitor)
    visitor.page.fill("#steps", str(WALK_STEPS))
    visitor.hears(lambda: visitor.page.click("#walk-all"))
    assert brings_back(visit, visitor)


@pytest.mark.parametrize("tone", [0, 1])
def test_a_link_brings_back_a_replica_without_the_recording(visit, visitor, recording, tone):
    visitor.hears(lambda: visitor.upload(recording))
    if tone:
        visitor.hears(lambda: visitor.page.locator("#tone select").last.select_option(index=tone))
    friend = visit(visitor.link())
    friend.hears(lambda: friend.page.locator("#replica .play").click())
    assert friend.samples() == visitor.samples()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("seed=abc", 'its seed is "abc"'),
        ("seed=-4", 'its seed is "-4"'),
        ("z=1,x", 'its z is "1,x"'),
        ("seed=7&temperature=9", "temperature 9; 0 to 2 are possible"),
        ("seed=7&labels={%22digit%22:%2277%22}", "knows no digit 77"),
        ("seed=7&labels=oops", 'its labels is "oops"'),
        ("walk=1,2", 'its walk is "1,2"'),
    ],
)
def test_a_broken_link_is_told(visit, link, words):
    visitor = visit(f"#model=digits-vae&{link}")
    assert visitor.is_told(words)
    assert visitor.played() == []


def test_a_link_to_no_model_is_told(visit):
    visitor = visit("#model=nobody@9&z=1,2")
    assert visitor.is_told("There is no model nobody@9.")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("kind", ["point", "sample", "walk", "upload"])
def test_the_curl_line_gives_the_same_file(visitor, tmp_path, kind, recording):
    if kind == "point":
        visitor.hears(visitor.press)
    elif kind == "upload":
        (tmp_path / "it's mine.wav").write_bytes(recording)
        visitor.hears(lambda: visitor.upload(recording, "it's mine.wav"))
    else:
        visitor.open_tool("Sample" if kind == "sample" else "Morph")
        visitor.hears(lambda: visitor.page.click("#draw" if kind == "sample" else "#walk-all"))
    visitor.page.click("#copy-curl")
    line = visitor.page.evaluate("() => navigator.clipboard.readText()")
    subprocess.run(["sh", "-c", f"{line} -s -f"], cwd=tmp_path, check=True)
    (made,) = (path for path in tmp_path.iterdir() if not path.name.startswith("it's"))
    assert made.read_bytes() == visitor.file()


def test_an_absent_service_is_told_and_awaited(fleeting_service, visitor_of):
    visitor = visitor_of(fleeting_service)
    visitor.hears(visitor.press)
    fleeting_service.end()
    visitor.press(0.3, 0.7)
    assert visitor.is_told("The service does not answer. Trying again")
    fleeting_service.begin()
    assert visitor.is_told("The service answers again.")
    visitor.hears(lambda: visitor.press(0.6, 0.6))
    visitor.forgive("ERR_CONNECTION", "503")


def test_the_dark_page_is_dark(visit):
    backgrounds = {}
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme).page
        colour = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
        backgrounds[scheme] = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert backgrounds["dark"] < 150 < 600 < backgrounds["light"]


def test_a_phone_shows_everything_without_scrolling_sideways(visit):
    visitor = visit(**PHONE)
    box = visitor.page.locator("#map").bounding_box()
    visitor.hears(
        lambda: visitor.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    )
    for tool in ("Sample", "Morph", "Shape", "Your sound"):
        visitor.open_tool(tool)
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    small = """() => [...document.querySelectorAll("button, select, input:not(.hidden)")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24)
      .map((one) => one.id)"""
    assert visitor.page.evaluate(small) == []


def test_reduced_motion_moves_nothing(visit):
    page = visit(reduced_motion="reduce").page
    moving = """() => [...document.querySelectorAll("*")]
      .filter((one) => getComputedStyle(one).transitionDuration !== "0s").length"""
    assert page.evaluate(moving) == 0
