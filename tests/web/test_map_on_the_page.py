"""The map in a real browser: heard, moved, filtered, by hand and by keyboard."""

import numpy as np
import pytest

from audio.latents import LatentMixture
from audio.manifest import LatentDistribution, Latents


def test_a_click_on_the_map_is_heard_and_shown(visitor):
    assert visitor.drawn("#points") > 100
    visitor.hears(visitor.press)
    assert visitor.page.inner_text("#now-title").startswith("A point of the map")
    assert visitor.drawn("#replica canvas") > 1000
    assert "/generate" in visitor.page.inner_text("#curl")


def test_a_drag_is_heard_on_the_way(visitor):
    box = visitor.page.locator("#map").bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    visitor.hears(mouse.down)

    def on():
        for i in range(25):
            mouse.move(box["x"] + (0.3 + 0.016 * i) * box["width"], box["y"] + 0.5 * box["height"])
            visitor.page.wait_for_timeout(20)

    visitor.hears(on)
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
    visitor.hears(lambda: page.keyboard.press("Enter"))
    before = visitor.drawn("#points")
    for _ in range(6):
        page.keyboard.press("+")
    assert visitor.drawn("#points") != before
    page.keyboard.press("0")
    assert visitor.drawn("#points") == before
    page.focus("#tab-voice")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.id") == "tab-sample"
    page.focus("#draw")
    visitor.hears(lambda: page.keyboard.press("Space"))


def test_every_control_can_be_focused_and_shows_it(visitor):
    visitor.hears(visitor.press)
    seen, page = set(), visitor.page
    page.evaluate("() => document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "() => { const e = document.activeElement;"
            " const shown = e.id === 'file' ? document.querySelector('.button') : e;"
            " return [e.id, getComputedStyle(shown).outlineStyle]; }"
        )
        if told[0]:
            assert told[1] != "none", told[0]
            seen.add(told[0])
    assert seen >= {
        "model",
        "colour",
        "zoom-in",
        "map",
        "download",
        "share",
        "tab-voice",
        "record",
        "file",
        "copy-curl",
    }


def test_the_legend_hides_and_shows(visitor):
    buttons = visitor.page.locator("#legend button")
    whole = visitor.drawn("#points")
    buttons.first.click()
    assert buttons.first.get_attribute("aria-pressed") == "false"
    assert visitor.drawn("#points") < whole
    buttons.first.click()
    assert visitor.drawn("#points") == whole


def test_another_label_colours_the_map(visitor):
    colour = visitor.page.locator("#colour")
    names = colour.locator("option").evaluate_all("(all) => all.map((one) => one.value)")
    before = visitor.page.inner_text("#legend")
    colour.select_option(next(name for name in names if name != colour.input_value()))
    assert visitor.page.inner_text("#legend") != before


def test_wheel_pan_and_buttons_move_the_view(visitor):
    page, whole = visitor.page, visitor.drawn("#points")
    page.hover("#map")
    page.mouse.wheel(0, -600)
    assert visitor.drawn("#points") != whole
    page.click("#fit")
    assert visitor.drawn("#points") == whole
    page.click("#zoom-in")
    page.click("#zoom-out")
    assert abs(visitor.drawn("#points") - whole) < 0.05 * whole
    page.click("#pan")
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 50 + 0.7 * box["width"], box["y"] + 100, steps=3)
    page.mouse.up()
    assert visitor.drawn("#points") < whole
    assert visitor.played() == []


def test_another_model_opens_with_its_own_map_and_labels(visitor):
    model = visitor.page.locator("#model")
    names = model.locator("option").evaluate_all("(all) => all.map((one) => one.value)")
    others = [name for name in names if name != model.input_value()]
    assert others
    with visitor.page.expect_response(lambda answer: f"/models/{others[0]}/map" in answer.url):
        model.select_option(others[0])
    visitor.page.wait_for_timeout(200)
    visitor.hears(visitor.press)
    assert others[0] in visitor.page.inner_text("#curl")


@pytest.mark.parametrize("gap", [False, True])
def test_a_point_is_carried_to_another_tone_as_the_service_carries_it(visitor, gap):
    rng = np.random.default_rng(0)
    n_clips, latent_dim = 40, 6
    labels = {
        name: (np.arange(n_clips) // step % 2).astype(np.int32) for name, step in (("word", 1), ("voice", 2))
    }
    z = (rng.normal(size=(n_clips, latent_dim)) + labels["voice"][:, None]).astype(np.float32)
    heard, asked = ({"word": (0.8, 0.2), "voice": (1.0, 0.0)}, {"word": (0.8, 0.2), "voice": (0.3, 0.7)})
    if gap:  # nobody has heard the second voice say the second word
        labels["voice"][labels["word"] == 1] = 0
        asked = {"word": (0.0, 1.0), "voice": (0.0, 1.0)}
    component = (2 * labels["word"] + labels["voice"]).astype(np.int32)
    distribution = LatentDistribution(n_components=4, own_share=0.5, temperature=1.0)
    mixture = LatentMixture.fit(Latents(z, component, labels), distribution)
    expected = mixture.carried(
        z[3], *({n: np.array(v, np.float32) for n, v in weights.items()} for weights in (heard, asked))
    )
    answer = {
        "projection": "islands",
        "axes": dict.fromkeys(("origin", "x_axis", "y_axis"), [0.0] * latent_dim),
        "dimensions": [],
        "n_clips": n_clips,
        "values": {"word": ["0", "1"], "voice": ["0", "1"]},
        "points": {
            "x": [0] * n_clips,
            "y": [0] * n_clips,
            "z": z.tolist(),
            "labels": {name: column.tolist() for name, column in labels.items()},
        },
    }
    told = [{n: {"0": v[0], "1": v[1]} for n, v in weights.items()} for weights in (heard, asked)]
    carried = visitor.page.evaluate(
        "async ([answer, z, told]) => new (await import('/web/space.js')).Space(answer).carried(z, ...told)",
        [answer, z[3].tolist(), told],
    )
    np.testing.assert_allclose(carried, expected, atol=1e-4)
