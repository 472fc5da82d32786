"""The typed client, sync and async, against the service on a real socket."""

import dataclasses
import http.server
import inspect
import json
import socket
import threading
import typing
from pathlib import Path

import anyio
import httpx
import pytest

from tonespace import AsyncClient, Client, ProblemError, Sound, UnreachableError, answers, client, forms
from tonespace.errors import MissingUploadError, OtherUploadError, UnexpectedAnswerError
from tonespace.making import read_making

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
Z = [0.1, 0.2, 0.3, 0.4]
VERBS = [name for name, verb in vars(client.Verbs).items() if isinstance(verb, client.Verb)]


class AwaitedClient:
    """The async client, each verb awaited in an event loop of its own."""

    def __init__(self, server):
        self._server = server

    def __getattr__(self, verb):
        async def ask(args, named):
            async with AsyncClient(self._server) as asked:
                return await getattr(asked, verb)(*args, **named)

        return lambda *args, **named: anyio.run(ask, args, named)


@pytest.fixture(params=["sync", "async"])
def api(request, running):
    if request.param == "async":
        yield AwaitedClient(running)
        return
    with Client(running) as asked:
        yield asked


def test_a_clip_is_encoded_and_replicated(api, wav, tmp_path):
    (tmp_path / "clip.wav").write_bytes(wav)
    encoded = api.encode(wav)
    assert (encoded.model, encoded.version, len(encoded.z_mean)) == ("voices", 2, 4)
    assert api.encode(tmp_path / "clip.wav") == encoded
    assert api.encode(wav, model="plain").z_log_var is None
    replica = api.reconstruct(wav, labels={"speaker": "theo"}, phase="input", format="flac")
    assert replica.labels["speaker"] == {"theo": 1}
    assert replica.quality["spectral_convergence"] > 0
    assert replica.audio.startswith(b"fLaC")


def test_a_draw_is_the_file_that_the_service_gives(api, running):
    drawn = api.sample(seed=7, labels={"digit": "7", "speaker": "theo"})
    url = f"{running}/sample?seed=7&label=digit:7&label=speaker:theo"
    assert drawn.audio == httpx.get(url).content
    assert (drawn.seed, drawn.model, drawn.sample_rate) == (7, "voices@2", 8000)
    assert [sound.seed for sound in api.sample_many(3, seed=7, temperature=0.1)] == [7, 8, 9]


def test_points_and_sums_are_generated(api, wav):
    point = api.generate(Z, labels={"digit": {"0": 1, "7": 3}}, level_db=-30.0)
    assert point.labels["digit"]["7"] == pytest.approx(0.75)
    assert point.level_db == -30
    assert api.generate_many([Z, Z], labels={"digit": "7"})[1] == api.generate(Z, labels={"digit": "7"})
    total = api.combine([(0.5, wav), (1.0, Z)])
    half = [value / 2 for value in api.encode(wav).z_mean]
    assert total.z == pytest.approx([a + b for a, b in zip(half, Z, strict=True)], abs=1e-5)


def test_a_walk_is_one_sound_and_its_steps_are_several(api, wav):
    start = {"z": Z, "labels": {"digit": "7"}, "level_db": -20.0}
    walk = api.morph(start, wav, steps=4, method="lerp")
    assert isinstance(walk, Sound)
    assert (walk.z, walk.model, walk.sample_rate) == (None, "voices@2", 8000)
    steps = api.morph_steps(start, wav, steps=4, method="lerp")
    assert steps[0].z == pytest.approx(Z)
    assert len(steps) == 4


def test_models_and_maps_are_told(api):
    assert [(m.name, m.version) for m in api.models()] == [("plain", 1), ("voices", 2), ("voices", 1)]
    assert api.model("voices@1").versions == [2, 1]
    told = api.map("voices", z=True)
    assert len(told.points.x) == len(told.points.z) == told.n_clips
    assert api.map("voices").points.z is None


def test_a_file_is_made_again_from_its_making(api, wav):
    drawn = api.sample(format="ogg")
    assert api.again(read_making(drawn.audio)).audio == drawn.audio
    replica = api.reconstruct(wav, format="mp3")
    making = read_making(replica.audio)
    assert api.again(making, upload=wav).audio == replica.audio
    with pytest.raises(MissingUploadError):
        api.again(making)
    with pytest.raises(OtherUploadError):
        api.again(making, upload=wav + b"\0")


def test_a_refusal_is_an_exception_with_the_services_sentence(api):
    with pytest.raises(ProblemError, match="There is no model 'nosuch'") as raised:
        api.sample(model="nosuch")
    problem = raised.value
    assert (problem.status, problem.kind) == (404, "urn:tonespace:problem:unknown-model")
    assert problem.instance


@pytest.mark.parametrize("kind", [Client, AwaitedClient])
def test_an_address_where_nothing_answers_is_an_exception(kind):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        server = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(UnreachableError, match=f"No service answers at {server}: "):
        kind(server).models()
    with pytest.raises(UnreachableError):
        kind("nowhere").models()


@pytest.mark.parametrize("status", [200, 502])
def test_something_else_that_answers_is_told_apart(status):
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with (
            Client(f"http://127.0.0.1:{server.server_port}") as asked,
            pytest.raises(UnexpectedAnswerError, match=f"not Tonespace: status {status}, text/html"),
        ):
            asked.models()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "schema"),
    [
        (answers.Encoded, "EncodeAnswer"),
        (answers.Model, "ModelAnswer"),
        (answers.Map, "MapAnswer"),
        (answers.Points, "MapPoints"),
    ],
)
def test_an_answer_has_the_fields_of_the_contract(answer, schema):
    assert {field.name for field in dataclasses.fields(answer)} == set(SCHEMAS[schema]["properties"])


def test_a_sound_has_the_fields_of_the_contract_but_the_format_it_was_asked_in():
    fields = {field.name for field in dataclasses.fields(answers.Sound)}
    assert fields == set(SCHEMAS["SoundAnswer"]["properties"]) - {"format"}


def test_what_can_be_asked_is_what_the_contract_takes():
    of_replicas = {p["name"]: p["schema"] for p in DOCUMENT["paths"]["/reconstruct"]["post"]["parameters"]}
    body = SCHEMAS["MorphBody"]["properties"]
    assert set(typing.get_args(forms.Format)) == set(of_replicas["format"]["enum"])
    options = of_replicas["phase"].get("anyOf", [of_replicas["phase"]])
    phases = {value for option in options for value in option.get("enum", [option.get("const")])}
    assert set(typing.get_args(forms.Phase)) == phases
    assert set(typing.get_args(forms.Method)) == set(body["method"]["enum"])
    for form, schema in ((forms.Place, "GenerateBody"), (forms.Walk, "MorphBody")):
        assert set(form.__annotations__) <= set(SCHEMAS[schema]["properties"])


def test_both_clients_have_the_same_verbs_each_with_its_sentence():
    blocking, awaited = Client("http://127.0.0.1"), AsyncClient("http://127.0.0.1")
    assert len(VERBS) == 13
    for verb in VERBS:
        method = getattr(blocking, verb)
        assert inspect.signature(method) == inspect.signature(getattr(awaited, verb))
        assert method.__doc__.endswith(".")
