"""The contract for people at /docs, in a real browser."""


def test_every_request_of_the_contract_is_told_and_nothing_comes_from_elsewhere(visit, client):
    visitor = visit("docs", "#operations section")
    told = set(visitor.page.locator("#operations h3").all_inner_texts())
    contract = client.get("/openapi.json").json()
    requests = {f"{method.upper()} {path}" for path, item in contract["paths"].items() for method in item}
    assert requests <= told
    assert {"GenerateBody", "MapAnswer"} <= told
    assert "temperature" in visitor.page.inner_text("#sample")
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 360


def test_a_link_of_the_contents_leads_to_its_request(visit):
    visitor = visit("docs", "#operations section")
    visitor.page.get_by_role("link", name="POST /morph").click()
    assert visitor.page.locator("#morph").evaluate("(one) => one.getBoundingClientRect().top") < 100
