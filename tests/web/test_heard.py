"""What was heard, the favourites that the browser keeps, and their ZIP."""

import io
import zipfile
from pathlib import Path

from tests.web.keyboard import hold, open_dock


def row(visitor, number):
    """The two buttons of a row: its title and its star."""
    return visitor.page.locator("#heard-list li").nth(number - 1).locator("button")


def open_heard(visitor):
    open_dock(visitor)
    visitor.page.click("#tab-heard")
    return visitor


def archive(visitor):
    with visitor.page.expect_download() as coming:
        visitor.page.click("#zip")
    return zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes()))


def test_what_was_played_is_listed_and_plays_again(visitor):
    titles = []
    for x in (0.3, 0.6):
        visitor.plays(lambda x=x: visitor.press(x, 0.5))
        titles.insert(0, visitor.page.inner_text("#result-title"))
    open_heard(visitor)
    assert [row(visitor, number).first.inner_text() for number in (1, 2)] == titles
    visitor.plays(row(visitor, 2).first.click)
    assert visitor.page.inner_text("#result-title") == titles[1]
    assert row(visitor, 1).first.inner_text() == titles[1]
    assert visitor.page.locator("#heard-list li").count() == 2


def test_what_keys_and_pads_played_is_listed(visit):
    visitor = visit("#model=tones")
    open_dock(visitor)
    title = visitor.page.inner_text("#result-title")
    visitor.plays(lambda: hold(visitor, 60))
    visitor.page.mouse.up()
    visitor.page.click("#tab-pads")
    assert visitor.page.inner_text("#play-text") == ""
    pad = visitor.page.locator("#pad-grid button").nth(2)
    visitor.page.wait_for_function("() => document.querySelectorAll('#pad-grid small')[2].textContent")
    visitor.plays(pad.click)
    visitor.page.click("#tab-heard")
    assert visitor.page.locator("#heard-list li").count() == 2
    assert row(visitor, 2).first.inner_text() == title
    assert row(visitor, 1).first.inner_text() != title


def test_favourites_are_one_zip_and_outlast_the_visit(visitor, recording):
    visitor.plays(visitor.press)
    files = [visitor.file()]
    visitor.plays(lambda: visitor.upload(recording))
    files.append(visitor.file())
    open_heard(visitor)
    assert visitor.page.is_disabled("#zip")
    row(visitor, 2).last.click()  # the older one; it moves to the top
    row(visitor, 2).last.click()
    with archive(visitor) as opened:
        assert opened.testzip() is None
        assert sorted(opened.namelist()) == opened.namelist()
        assert [opened.read(name) for name in opened.namelist()] == files[::-1]
    visitor.page.reload()
    visitor.page.wait_for_selector("#download:enabled")
    open_heard(visitor)
    assert row(visitor, 1).last.get_attribute("aria-pressed") == "true"
    visitor.plays(row(visitor, 1).first.click)
    visitor.plays(row(visitor, 2).first.click)
    assert visitor.file() == files[0]
    row(visitor, 2).last.click()
    assert visitor.page.locator("#heard-list [aria-pressed=true]").count() == 1
