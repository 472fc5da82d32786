"""The page without its service, in the dark, on a phone and without motion."""

PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
SMALLEST = 24  # CSS pixels of a control


def test_the_page_waits_for_an_absent_service(fleeting_service, visitor_of):
    visitor = visitor_of(fleeting_service, "#model=digits-vae")
    visitor.plays(visitor.press)
    fleeting_service.end()
    visitor.press(0.3, 0.7)
    assert visitor.reads("The service does not answer. Trying again")
    fleeting_service.begin()
    assert visitor.reads("The service answers again.")
    visitor.plays(lambda: visitor.press(0.6, 0.6))
    visitor.forgive("ERR_CONNECTION", "503")


def test_the_dark_page_is_dark(visit):
    backgrounds = {}
    for scheme in ("light", "dark"):
        page = visit("#model=digits-vae", color_scheme=scheme).page
        colour = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
        backgrounds[scheme] = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert backgrounds["dark"] < 150 < 600 < backgrounds["light"]


def tap(visitor, x=0.5, y=0.5):
    box = visitor.page.locator("#map").bounding_box()
    visitor.page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_phone_shows_everything_without_scrolling_sideways(visit, recording):
    visitor = visit("#model=digits-vae", **PHONE)
    visitor.plays(lambda: tap(visitor))
    visitor.plays(lambda: visitor.upload_several({f"{'long' * 12}.wav": recording, "b.wav": recording}))
    for tool in ("Sample", "Morph", "Shape", "Your sound"):
        visitor.open_tool(tool)
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    low = """(least) => [...document.querySelectorAll("button, select, input:not(.hidden)")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < least)
      .map((one) => one.id)"""
    assert visitor.page.evaluate(low, SMALLEST) == []


def test_on_a_phone_the_result_scrolls_into_view(visit):
    visitor = visit("#model=digits-vae", reduced_motion="reduce", **PHONE)
    figure = visitor.page.locator("#replica")
    visible = """(figure) => {
      const { top, bottom } = figure.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }"""
    assert not figure.evaluate(visible)
    visitor.plays(lambda: tap(visitor))
    visitor.page.wait_for_timeout(100)
    assert figure.evaluate(visible)


def test_reduced_motion_moves_nothing(visit):
    page = visit("#model=digits-vae", reduced_motion="reduce").page
    moving = """() => [...document.querySelectorAll("*")]
      .filter((one) => getComputedStyle(one).transitionDuration !== "0s").length"""
    assert page.evaluate(moving) == 0
