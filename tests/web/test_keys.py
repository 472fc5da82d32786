"""The keys in a real browser: mouse, fingers, letters and focus."""

from tests.web.keyboard import hold, key, open_dock

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


def test_a_key_sounds_as_long_as_the_mouse_holds_it(player):
    sound = player.plays(lambda: hold(player, 60))
    assert sound["loop"]
    player.page.wait_for_timeout(3000)  # longer than the note that the service returned
    assert player.level() > 1e-3
    assert "on" in key(player, 60).get_attribute("class")
    player.page.mouse.up()
    assert player.falls_silent()
    assert "on" not in key(player, 60).get_attribute("class")


def test_a_pointer_that_slides_plays_the_keys_on_its_way(player):
    player.plays(lambda: hold(player, 60))
    box = key(player, 62).bounding_box()
    player.plays(lambda: player.page.mouse.move(box["x"] + 10, box["y"] + 0.9 * box["height"]))
    assert "on" not in key(player, 60).get_attribute("class")
    player.page.mouse.up()
    assert player.falls_silent()


def test_letters_play_from_c_and_change_the_octave(player):
    keyboard = player.page.keyboard
    for letter, pitch in (("a", 60), ("w", 61), ("k", 72)):
        player.plays(lambda letter=letter: keyboard.down(letter))
        assert "on" in key(player, pitch).get_attribute("class")
        keyboard.up(letter)
    keyboard.press("x")
    player.plays(lambda: keyboard.down("a"))
    assert "on" in key(player, 72).get_attribute("class")
    keyboard.up("a")
    assert player.falls_silent()


def test_letters_in_a_field_are_text(player):
    player.open_tool("Sample")
    player.page.focus("#seed")
    before = len(player.played())
    player.page.keyboard.press("a")
    player.page.wait_for_timeout(200)
    assert len(player.played()) == before


def test_the_focus_moves_along_the_keys_and_plays(player):
    keyboard = player.page.keyboard
    key(player, 60).focus()
    keyboard.press("ArrowRight")
    keyboard.press("ArrowUp")
    assert player.page.evaluate("() => document.activeElement.ariaLabel") == "C♯5"
    for name in ("Enter", "Space"):
        player.plays(lambda name=name: keyboard.down(name))
        keyboard.up(name)
        assert player.falls_silent()
    assert player.page.locator("#keyboard button[tabindex='0']").count() == 1


def test_the_click_of_a_screen_reader_plays_a_short_note(player):
    player.plays(lambda: key(player, 64).evaluate("(one) => one.click()"))
    assert player.falls_silent()


def test_several_fingers_play_together(visit):
    visitor = open_dock(visit("#model=tones", **PHONE))
    visitor.page.wait_for_timeout(2000)
    cdp = visitor.page.context.new_cdp_session(visitor.page)
    points = []
    for finger, pitch in enumerate((60, 64)):
        box = key(visitor, pitch).bounding_box()
        points.append({"x": box["x"] + 9, "y": box["y"] + 0.9 * box["height"], "id": finger})
        touch = {"type": "touchStart", "touchPoints": list(points)}
        visitor.plays(lambda touch=touch: cdp.send("Input.dispatchTouchEvent", touch))
    assert visitor.page.locator("#keyboard .on").count() == 2
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert visitor.falls_silent()
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_the_dock_is_opened_and_closed_by_the_keyboard_alone(visitor):
    page = visitor.page
    page.focus("#open-play")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pad-grid button")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "tab-pads"
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#heard-list, #zip")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.is_hidden("#heard")


def test_a_model_without_pitch_has_pads_and_no_keys(visit):
    visitor = open_dock(visit("#model=digits-vae"))
    assert visitor.page.is_hidden("#tab-keys")
    assert visitor.page.is_visible("#pad-grid")
