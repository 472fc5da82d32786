"""What of GET answers may be kept, and for how long."""

import pytest

FOREVER = "public, max-age=31536000, immutable"


def test_the_map_is_gzipped_for_clients_that_read_it(client):
    plain = client.get("/models/voices/map?z=true", headers={"accept-encoding": "identity"})
    packed = client.get("/models/voices/map?z=true", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("path", ["/sample?seed=7&model={}", "/models/{}/map", "/sample?seed=7&n=2&model={}"])
def test_a_pinned_version_may_be_kept_for_ever_and_a_name_only_after_asking(client, path):
    pinned, named = client.get(path.format("voices@2")), client.get(path.format("voices"))
    assert pinned.headers["cache-control"] == FOREVER
    assert named.headers["cache-control"] == "no-cache"
    assert (
        pinned.headers["etag"] == named.headers["etag"] != client.get(path.format("voices@1")).headers["etag"]
    )
    assert pinned.content == named.content


def test_a_sample_without_a_seed_is_not_kept(client):
    assert client.get("/sample").headers["cache-control"] == "no-store"
    assert "etag" not in client.get("/sample").headers


@pytest.mark.parametrize("tags", ["{}", "W/{}", '"other", {}'])
@pytest.mark.parametrize("path", ["/sample?seed=7", "/models/voices/map"])
def test_a_client_that_has_the_answer_gets_304_before_anything_is_computed(client, monkeypatch, path, tags):
    first = client.get(path)
    monkeypatch.setattr(client.app.state.runtime.queue, "run", None)  # nothing can be computed
    known = client.get(path, headers={"if-none-match": tags.format(first.headers["etag"])})
    assert (known.status_code, known.content) == (304, b"")
    for header in ("etag", "cache-control", "vary"):
        assert known.headers[header] == first.headers[header]


@pytest.mark.parametrize("path", ["/sample?seed=7", "/models/voices/map"])
def test_any_tag_is_the_answers(client, path):
    assert client.get(path, headers={"if-none-match": "*"}).status_code == 304


def test_another_tag_gets_the_answer(client, listen):
    listen(client.get("/sample?seed=7", headers={"if-none-match": '"other"'}))


def test_everything_that_changes_the_answer_changes_the_tag(client):
    base = "/sample?seed=7"
    queries = ["", "&phase=zero", "&format=flac", "&n=2", "&temperature=1", "&label=digit:7", "&model=plain"]
    answers = [client.get(base + query) for query in queries]
    answers += [client.get(base, headers={"accept": a}) for a in ("image/png", "application/json")]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(tags)


def test_a_bad_request_is_refused_even_with_any_tag(client, refused):
    headers = {"if-none-match": "*"}
    refused(client.get("/sample?seed=7&label=digit:ten", headers=headers), 422, "unknown-label-value")
    refused(client.get("/models/nosuch/map", headers=headers), 404, "unknown-model")
