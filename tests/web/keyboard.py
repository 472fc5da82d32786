"""What a visitor does with the keys of the page."""


def open_dock(visitor):
    """Opens the dock; its first panel is there."""
    visitor.page.click("#open-play")
    visitor.page.wait_for_selector("#keyboard button, #pad-grid button")
    return visitor


def key(visitor, pitch):
    return visitor.page.locator(f'#keyboard [data-pitch="{pitch}"]')


def hold(visitor, pitch):
    """Presses the mouse on a key."""
    box = key(visitor, pitch).bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.9 * box["height"])
    visitor.page.mouse.down()
