"""How the page's files are served."""

import re

import pytest

from service.http.pages import TYPES, VIEWER, WEB

MAX_BYTES = 180_000
FILES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*.*"))
PLAIN = {"Accept-Encoding": "identity"}
ZIPPED = {"Accept-Encoding": "gzip"}
HOSTILE = [
    "../pages.py",
    "..%2fpages.py",
    "%2e%2e/settings.py",
    "/etc/passwd",
    "..\\pages.py",
    "",
    ".",
    "x.js",
    "index.html/",
    "play",
    "play/",
    "%00",
]


@pytest.mark.parametrize(("path", "title"), [("/", "Tonespace"), ("/docs", "Tonespace: the API")])
def test_a_page_comes_as_html(client, path, title):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<title>{title}</title>" in answer.text


@pytest.mark.parametrize("name", FILES)
def test_every_file_comes_with_its_type(client, name):
    answer = client.get(f"/web/{name}")
    if not name.endswith(".js"):
        assert answer.content == (WEB / name).read_bytes()
    assert answer.headers["content-type"] == TYPES[(WEB / name).suffix]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_modules_come_without_jsdoc_and_indentation_and_are_the_same_otherwise(client, name):
    words, within = [], False
    for line in (WEB / name).read_text().splitlines():
        for part in re.split(r"(/\*\*|\*/)", line):
            if part in {"/**", "*/"}:
                within = part == "/**"
            elif not within:
                words += part.split()
    sent = client.get(f"/web/{name}").text
    assert sent.split() == words
    assert not re.search(r"^\s", sent.lstrip(), re.MULTILINE)


def test_an_unchanged_file_is_not_sent_again(client):
    first = client.get("/web/main.js", headers=PLAIN)
    for held in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get("/web/main.js", headers={**PLAIN, "If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/web/main.js", headers={**PLAIN, "If-None-Match": '"other"'}).status_code == 200


def test_a_zipped_file_has_a_tag_of_its_own(client):
    plain, zipped = (client.get("/web/style.css", headers=headers) for headers in (PLAIN, ZIPPED))
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content  # the client unzips it
    assert int(zipped.headers["content-length"]) < 0.5 * int(plain.headers["content-length"])
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"


def test_the_head_of_the_page_has_no_body(client):
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-security-policy"]


def policy_of(client, path):
    """What the content security policy of a page allows: sources by kind."""
    rules = [rule.split() for rule in client.get(path).headers["content-security-policy"].split("; ")]
    return {kind: set(sources) for kind, *sources in rules}


def test_the_policy_names_nobody_but_the_service(client):
    policy = policy_of(client, "/")
    assert set().union(*policy.values()) == {"'none'", "'self'"}
    assert policy["default-src"] == {"'none'"}


def test_the_contract_may_also_show_what_it_has_in_memory(client):
    shown = {"img-src": {"'self'", "blob:", "data:"}, "media-src": {"blob:"}}
    assert policy_of(client, "/docs") == policy_of(client, "/") | shown


def test_the_viewer_comes_from_its_package(client):
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert client.get(f"/web/{name}").content == (VIEWER / name).read_bytes()


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_else_is_found(client, name):
    answer = client.get(f"/web/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_whole_page_is_small_before_gzip(client):
    assert sum(len(client.get(f"/web/{name}").content) for name in FILES) < MAX_BYTES


def test_no_file_names_another_origin():
    for name in FILES:
        addresses = set(re.findall(r"https?://[^\"'` )]+", (WEB / name).read_text()))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name


def test_the_start_names_every_module_that_it_will_load():
    imported = {
        name
        for file in WEB.glob("*.js")
        if file.name != "docs.js"
        for name in re.findall(r'^import .* from "\./(.+)";$', file.read_text(), re.MULTILINE)
    }
    named = set(re.findall(r'rel="modulepreload" href="web/(.+)"', (WEB / "index.html").read_text()))
    assert named == imported
