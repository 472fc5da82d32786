"""The pad between four sounds, and the timbre as an instrument, in a real browser."""

import json
import zipfile

from tests.web.keyboard import hold


def test_the_blend_moves_under_a_held_key(player):
    for name, corners in (("rock-organ", "123"), ("drawbar-organ", "0")):  # their notes do not decay
        player.plays(lambda name=name: player.convert(name, label=0))
        for corner in corners:
            player.page.click(f"#corner-{corner}")
    text = player.page.locator("#play-text")
    player.plays(lambda: hold(player, 60))
    player.page.mouse.up()
    player.page.keyboard.down("a")
    before = text.inner_text()
    box = player.page.locator("#blend").bounding_box()
    sound = player.plays(lambda: player.page.mouse.click(box["x"] + 5, box["y"] + 5))
    assert sound["loop"]
    assert text.inner_text() != before
    assert player.level() > 1e-3
    player.page.keyboard.up("a")


def test_the_blend_is_moved_by_arrows_and_its_corners_are_sounds(player):
    page = player.page
    page.focus("#blend")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    assert page.get_attribute("#blend", "aria-valuetext") == "A 100 %, B 0 %, C 0 %, D 0 %"
    first = page.inner_text("#play-text")
    player.plays(lambda: player.press(0.4, 0.2))
    shown = page.inner_text("#play-text")
    assert shown != first
    page.focus("#blend")
    page.keyboard.press("ArrowUp")
    assert page.inner_text("#play-text") == first
    page.click("#corner-0")
    assert page.inner_text("#play-text") == shown


def test_the_timbre_is_downloaded_as_an_instrument(player):
    def shorten(route):
        body = route.request.post_data_json
        route.continue_(post_data=json.dumps(body | {"pitches": [60, 64], "velocities": [80]}))

    player.page.route("**/instrument", shorten)
    with player.page.expect_download() as coming:
        player.page.click("#instrument")
    assert coming.value.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(coming.value.path()) as opened:
        assert sum(name.endswith(".sfz") for name in opened.namelist()) == 1
        assert sum(name.endswith(".wav") for name in opened.namelist()) == 2
    assert "Saved as" in player.page.inner_text("#play-text")
