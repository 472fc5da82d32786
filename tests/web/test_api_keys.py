"""The page asks its visitor for the key of a service that needs one."""

import pytest

from tests.web.running_service import Service
from tests.web.visitor import SHOWN, Visitor

KEY, WRONG = "the-key-of-the-visitor", "not-the-key-of-it"


@pytest.fixture(scope="module")
def guarded():
    running = Service(api_keys=KEY)
    yield running
    running.end()


@pytest.fixture
def come(browser, guarded):
    """A visitor who enters keys, one each time the page asks, and how often it has asked."""
    visitors = []

    def enter(*keys):
        visitor, left, asked = Visitor(browser, guarded.url), list(keys), []
        visitors.append(visitor)

        def answer(dialog):
            asked.append(dialog.message)
            dialog.accept(left.pop(0))

        visitor.page.on("dialog", answer)
        return visitor.open("", SHOWN), asked

    yield enter
    for visitor in visitors:
        visitor.forgive("401")
        visitor.leave()


def test_a_key_is_asked_for_once_and_sent_with_every_call(come):
    visitor, asked = come(KEY)
    visitor.plays(visitor.press)
    visitor.page.reload()
    visitor.page.wait_for_selector(SHOWN)
    assert asked == ["This service needs an API key:"]


def test_a_wrong_key_is_asked_for_again(come):
    visitor, asked = come(WRONG, f" {KEY} ")
    visitor.plays(visitor.press)
    assert len(asked) == 2


def test_the_curl_line_names_the_key_and_does_not_hold_it(come):
    visitor, _ = come(KEY)
    line = visitor.page.evaluate(
        """async () => {
          const api = await import("./web/api.js");
          return api.curl(api.sample("digits-vae", 7, 1, {}), location.href);
        }"""
    )
    assert '-H "X-API-Key: $TONESPACE_KEY"' in line
    assert KEY not in line
