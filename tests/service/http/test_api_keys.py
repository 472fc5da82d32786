"""Where keys are set, nobody is answered without one; health and the files of the pages are open."""

import hmac
import secrets

import httpx
import pytest
from pydantic import ValidationError

from service.http import api_keys
from service.settings import Settings, invalid_settings

FIRST, SECOND, IN_FILE = "the-first-key-of-two", "the-second-key-of-two", "a-key-that-is-in-a-file"


@pytest.fixture(scope="module")
def guarded(start, models_dir, tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(f"# of the page\n\n{IN_FILE}\n")
    return start(models_dir=models_dir, api_keys=[FIRST, SECOND], api_keys_file=file)


@pytest.mark.parametrize("key", [FIRST, SECOND, IN_FILE])
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_each_key_opens_the_service_in_each_header(guarded, listen, key, header):
    value = f"Bearer {key}" if header == "Authorization" else key
    listen(guarded.get("/sample?seed=7", headers={header: value}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {FIRST[:-1]}"},
        {"Authorization": f"Bearer {FIRST}x"},
        {"Authorization": f"Basic {FIRST}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"bearer {SECOND} {FIRST}"},
        {"X-API-Key": ""},
        {"X-API-Key": "# of the page"},
        {"X-API-Key": FIRST.upper()},
        {"Authorization": "Bearer wrong", "X-API-Key": FIRST},
    ],
)
@pytest.mark.parametrize("path", ["/sample", "/models", "/metrics", "/version", "/nothing", "/health/live/"])
def test_any_other_request_is_refused_without_a_key(guarded, refused, headers, path):
    answer = guarded.get(path, headers=headers)
    refused(answer, 401, "invalid-key")
    assert answer.headers["www-authenticate"] == 'Bearer realm="tonespace"'


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/", "/docs", "/openapi.json", "/web/main.js"]
)
def test_probes_and_pages_need_no_key(guarded, path):
    assert guarded.get(path).status_code == 200


def test_a_scheme_is_read_in_any_case(guarded):
    assert guarded.get("/models", headers={"Authorization": f"bEARER {FIRST}"}).status_code == 200


def test_basic_authentication_of_a_proxy_leaves_the_other_header(guarded):
    headers = {"Authorization": "Basic dTpw", "X-API-Key": FIRST}
    assert guarded.get("/models", headers=headers).status_code == 200


def test_a_refused_body_is_not_read(guarded, refused):
    n_read = 0

    async def endless():
        nonlocal n_read
        for _ in range(1000):
            n_read += 1
            yield bytes(1000)

    async def ask():
        # The transport of httpx reads the body only when the application asks for it.
        transport = httpx.ASGITransport(guarded.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            return await http.post("/encode", content=endless())

    refused(guarded._portal.call(ask), 401, "invalid-key")
    assert n_read == 0


def test_the_prefix_of_a_proxy_opens_no_other_path(start, models_dir, refused):
    client = start(models_dir=models_dir, api_keys=[FIRST], root_path="/sounds")
    for path in ("/health/live", "/sounds/health/live", "/sounds/", "/"):
        assert client.get(path).status_code == 200
    for path in ("/sounds/models", "/soundsX/web/../models", "/sounds/sounds/health/live"):
        refused(client.get(path), 401, "invalid-key")


def test_every_key_is_compared_whatever_was_sent(monkeypatch):
    compared, in_constant_time = [], hmac.compare_digest

    def compare(sent, known):
        compared.append((len(sent), len(known)))
        return in_constant_time(sent, known)

    monkeypatch.setattr(api_keys.hmac, "compare_digest", compare)
    keys = [FIRST, SECOND, IN_FILE]
    guard = api_keys.ApiKeyMiddleware(None, keys)
    assert guard._is_known(FIRST)
    assert not guard._is_known(secrets.token_urlsafe())
    assert compared == [(32, 32)] * 6


def test_without_keys_operators_are_answered_on_loopback_alone(client, start, models_dir, refused):
    assert client.post("/admin/reload").status_code == 200
    exposed = start(models_dir=models_dir, host="0.0.0.0")
    refused(exposed.post("/admin/reload"), 401, "invalid-key")
    refused(exposed.post("/admin/reload", headers={"X-API-Key": ""}), 401, "invalid-key")
    assert exposed.get("/models").status_code == 200


def test_without_keys_everybody_is_answered(client):
    headers = {"Authorization": "Bearer whatever-this-may-be"}
    assert client.get("/models", headers=headers).status_code == 200


def test_keys_are_separated_by_commas_and_do_not_show(monkeypatch):
    monkeypatch.setenv("TONESPACE_API_KEYS", f" {FIRST}, {SECOND},")
    settings = Settings()
    assert settings.keys == (FIRST, SECOND)
    assert FIRST not in repr(settings)


@pytest.mark.parametrize("content", ["", "# nothing\n", "too-short\n", None])
def test_a_file_without_a_good_key_is_a_bad_setting(tmp_path, monkeypatch, content):
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("TONESPACE_API_KEYS_FILE", str(file))
    with pytest.raises(ValidationError) as caught:
        Settings()
    (sentence,) = invalid_settings(caught.value)
    assert sentence.startswith("TONESPACE_API_KEYS_FILE: ")
    assert "too-short" not in sentence


def test_a_key_that_can_be_guessed_is_a_bad_setting(monkeypatch):
    monkeypatch.setenv("TONESPACE_API_KEYS", "hunter2")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert invalid_settings(caught.value) == ["TONESPACE_API_KEYS: a key has at least 16 characters"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("a.b", False),
    ],
)
def test_loopback_is_recognised(host, expected):
    assert Settings(host=host).on_loopback is expected
