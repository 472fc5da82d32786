"""The typed client, sync and async, against the service on a real socket."""

import dataclasses
import http.server
import inspect
import io
import json
import pydoc
import re
import socket
import threading
import typing
from pathlib import Path

import anyio
import httpx
import numpy as np
import pytest

from tonespace import (
    AsyncClient,
    Client,
    ProblemError,
    Sound,
    UnreachableError,
    answers,
    parameters,
    requests,
)
from tonespace.errors import (
    MissingUploadError,
    OtherFormatError,
    OtherUploadError,
    UnexpectedAnswerError,
)
from tonespace.recipe import read_recipe

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
Z = [0.1, 0.2, 0.3, 0.4]
VERBS = [
    name
    for name, value in vars(requests).items()
    if inspect.isfunction(value) and value.__module__ == requests.__name__ and name[0] != "_"
]


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
    assert api.encode(str(tmp_path / "clip.wav")) == encoded
    assert api.encode(io.BytesIO(wav)) == encoded
    with pytest.raises(TypeError, match="opened with 'rb', not str"):
        api.encode(io.StringIO("text"))
    with pytest.raises(FileNotFoundError):
        api.encode("nowhere.wav")
    assert api.encode(wav, model="plain").z_log_var is None
    later = api.encode(wav, start_s=0.05)
    assert (later.offset_s, later.complete, later.channel) == (pytest.approx(0.05, abs=1e-3), True, None)
    replica = api.reconstruct(wav, labels={"speaker": "theo"}, phase="input", format="flac")
    assert replica.labels["speaker"] == {"theo": 1}
    assert replica.quality["spectral_convergence"] > 0
    assert replica.audio.startswith(b"fLaC")


def test_a_sample_is_the_file_that_the_service_gives(api, running):
    sampled = api.sample(seed=7, labels={"digit": "7", "speaker": "theo"})
    url = f"{running}/sample?seed=7&label=digit:7&label=speaker:theo"
    assert sampled.audio == httpx.get(url).content
    assert (sampled.seed, sampled.model, sampled.sample_rate) == (7, "voices@2", 8000)
    assert [sound.seed for sound in api.sample_many(3, seed=7, temperature=0.1)] == [7, 8, 9]


def test_points_and_sums_are_generated(api, wav):
    point = api.generate(Z, labels={"digit": {"0": 1, "7": 3}}, level_db=-30.0)
    assert point.labels["digit"]["7"] == pytest.approx(0.75)
    assert point.level_db == -30
    assert api.generate_many([Z, Z], labels={"digit": "7"})[1] == api.generate(Z, labels={"digit": "7"})
    assert api.generate(np.array(Z), labels={"digit": "7"}) == api.generate(Z, labels={"digit": "7"})
    total = api.combine([(0.5, wav), (1.0, Z)])
    half = [value / 2 for value in api.encode(wav).z_mean]
    assert total.z == pytest.approx([a + b for a, b in zip(half, Z, strict=True)], abs=1e-5)


def test_a_morph_is_one_sound_and_its_steps_are_several(api, wav):
    start = {"z": Z, "labels": {"digit": "7"}, "level_db": -20.0}
    morph = api.morph(start, wav, steps=4, method="lerp")
    assert isinstance(morph, Sound)
    assert (morph.z, morph.model, morph.sample_rate) == (None, "voices@2", 8000)
    steps = api.morph_steps(start, wav, steps=4, method="lerp")
    assert steps[0].z == pytest.approx(Z)
    assert len(steps) == 4


def test_answers_are_saved(api, wav, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sound = api.sample(seed=7)
    assert sound.save("seven.wav") == Path("seven.wav")
    assert Path("seven.wav").read_bytes() == sound.audio
    api.sample(seed=7, format="wav-float").save(tmp_path / "seven.wav")
    assert Path("seven.wav").read_bytes() != sound.audio
    assert api.morph(Z, Z, steps=2, format="mp3").save("seven.MP3").exists()
    with pytest.raises(OtherFormatError, match=r"seven.flac: the sound is wav; ask for it with format="):
        sound.save("seven.flac")
    assert not Path("seven.flac").exists()
    encoded = api.encode(wav)
    assert json.loads(encoded.save("seven.json").read_text()) == dataclasses.asdict(encoded)


def test_models_and_maps_are_returned(api):
    assert [(m.name, m.version) for m in api.models()] == [("plain", 1), ("voices", 2), ("voices", 1)]
    assert api.model("voices@1").versions == [2, 1]
    found = api.map("voices", z=True)
    assert len(found.points.x) == len(found.points.z) == found.n_clips
    assert api.map("voices").points.z is None


def test_a_file_is_made_again_from_its_recipe(api, wav):
    sampled = api.sample(format="ogg")
    assert api.again(read_recipe(sampled.audio)).audio == sampled.audio
    replica = api.reconstruct(wav, format="mp3")
    recipe = read_recipe(replica.audio)
    assert api.again(recipe, upload=wav).audio == replica.audio
    with pytest.raises(MissingUploadError):
        api.again(recipe)
    with pytest.raises(OtherUploadError):
        api.again(recipe, upload=wav + b"\0")


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
def test_something_else_that_answers_is_named_as_such(status):
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
            Client(f"http://127.0.0.1:{server.server_port}", retries=0) as asked,
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


def test_a_sound_has_the_fields_of_the_contract():
    fields = {field.name for field in dataclasses.fields(answers.Sound)}
    assert fields == set(SCHEMAS["SoundAnswer"]["properties"])


def test_what_can_be_asked_is_what_the_contract_takes():
    of_replicas = {p["name"]: p["schema"] for p in DOCUMENT["paths"]["/reconstruct"]["post"]["parameters"]}
    body = SCHEMAS["MorphBody"]["properties"]
    assert set(typing.get_args(parameters.Format)) == set(of_replicas["format"]["enum"])
    options = of_replicas["phase"].get("anyOf", [of_replicas["phase"]])
    phases = {value for option in options for value in option.get("enum", [option.get("const")])}
    assert set(typing.get_args(parameters.Phase)) == phases
    assert set(typing.get_args(parameters.Method)) == set(body["method"]["enum"])
    for form, schema in ((parameters.PointOptions, "GenerateBody"), (parameters.MorphOptions, "MorphBody")):
        assert set(form.__annotations__) <= set(SCHEMAS[schema]["properties"])


def test_both_clients_have_the_same_verbs_each_with_its_sentence():
    blocking, awaited = Client("http://127.0.0.1"), AsyncClient("http://127.0.0.1")
    assert len(VERBS) == 15
    for verb in VERBS:
        method = getattr(blocking, verb)
        assert inspect.signature(method) == inspect.signature(getattr(awaited, verb))
        assert method.__doc__.endswith(".")


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_help_shows_every_verb_with_every_option_by_its_name(client):
    text = pydoc.plain(pydoc.render_doc(client))
    for verb in VERBS:
        assert re.search(rf"^ \|  (async )?{verb}\(self[,)]", text, re.MULTILINE), verb
    options = inspect.signature(client.sample).parameters
    assert list(options) == ["self", "model", "format", "phase", "labels", "seed", "temperature"]
    assert inspect.signature(client.encode).return_annotation is answers.Encoded
    assert "Unpack" not in text
    assert inspect.iscoroutinefunction(client.sample) == (client is AsyncClient)
