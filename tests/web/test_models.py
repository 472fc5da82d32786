"""The models: listed by what they are, and opened with a click."""

import pytest


@pytest.fixture
def models(client):
    return client.get("/models").json()["models"]


def open_model(visitor, name):
    visitor.page.click("#model")
    with visitor.page.expect_response(lambda response: f"/models/{name}@" in response.url):
        visitor.page.locator("#model-list button").filter(has_text=name + " ").first.click()


def test_models_are_listed_by_description_kind_and_sounds(visitor, models):
    visitor.page.click("#model")
    entries = visitor.page.locator("#model-list button").all_inner_texts()
    assert len(entries) == len(models)
    for entry, model in zip(entries, models, strict=True):
        assert entry.startswith(model["description"])
        assert f"{model['name']} {model['version']}: " in entry
        assert model["kind"].replace("-", " ") in entry
        assert f"{model['latent_dim']} dimensions" in entry
        assert f"{model['data']['n_training_clips']:,} recordings of {model['data']['name']}" in entry
        assert all(label in entry for label in model["labels"])
    current = visitor.page.locator("#model-list [aria-current=true]").inner_text()
    assert f"{next(model['name'] for model in models if model['default'])} " in current
    visitor.page.keyboard.press("Escape")
    assert visitor.page.is_hidden("#models")


def test_the_page_opens_on_a_model_that_can_be_played(visit, models):
    page = visit().page
    assert page.inner_text("#model-name").startswith("tones ")
    assert "model=tones@" in page.inner_text("#curl")
    page.click("#open-play")
    page.wait_for_selector("#keyboard button")
    assert [model["name"] for model in models if model["default"]] == ["digits-vae"]


def test_another_model_opens_with_its_map_its_labels_and_a_sample(visitor, models):
    for model in models:
        if model["default"]:
            continue
        open_model(visitor, model["name"])
        visitor.page.wait_for_function("(name) => curl.textContent.includes(name)", arg=model["name"])
        assert visitor.played() == []
        assert visitor.page.locator("#targets [name]").count() == len(model["labels"])
        assert model["description"] in visitor.page.inner_text("#model-about")
    visitor.plays(visitor.press)
    assert model["name"] in visitor.page.inner_text("#curl")
