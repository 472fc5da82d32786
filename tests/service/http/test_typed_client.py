"""A client generated from openapi/openapi.json works against the running service, with types."""

import base64
import importlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("openapi_python_client", reason="part of the dev extra: make .venv/dev anew")

BYTES = ("audio/*", "application/gzip")  # types that the generator knows by another name
DOCUMENT = Path(__file__).parents[3] / "openapi" / "openapi.json"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The generated package; that the generator understands everything is part of the promise."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "config.json").write_text(
        json.dumps(
            {"content_type_overrides": dict.fromkeys(BYTES, "application/octet-stream"), "post_hooks": []}
        )
    )
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT)]
    options = ["--config", str(folder / "config.json"), "--output-path", str(folder / "made")]
    made = subprocess.run([*command, *options, "--fail-on-warning"], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout + made.stderr
    sys.path.insert(0, str(folder / "made"))
    yield importlib.import_module("tonespace_client")
    sys.path.remove(str(folder / "made"))


@pytest.fixture
def typed(generated, running):
    """A typed client; it asks for data, which is what has types."""
    with generated.Client(base_url=running, headers={"Accept": "application/json"}) as client:
        yield client


@pytest.fixture
def api(generated):
    """The modules of the operations and the models."""

    def find(name):
        return importlib.import_module(f"{generated.__name__}.{name}")

    return find


def decoded(sound):
    return soundfile.read(io.BytesIO(base64.b64decode(sound.audio)))[0]


def test_a_sound_is_sampled_generated_and_encoded_with_types(typed, api, wav):
    models = api("models")
    sample = api("api.sound.sample").sync(client=typed, seed=7)
    assert isinstance(sample, models.SoundAnswer)
    assert (sample.seed, sample.model, sample.sample_rate) == (7, "voices@2", 8000)
    body = models.GenerateBody(
        z=sample.z, labels=models.GenerateBodyLabelsType0.from_dict(sample.labels.to_dict())
    )
    again = api("api.sound.generate").sync(client=typed, body=body)
    assert decoded(again).tolist() == decoded(sample).tolist()
    uploads = [api("types").File(payload=io.BytesIO(wav)) for _ in range(2)]
    encoded = api("api.sound.encode").sync(client=typed, body=uploads[0])
    assert isinstance(encoded, models.EncodeAnswer)
    assert len(encoded.z_mean) == 4
    replica = api("api.sound.reconstruct").sync(client=typed, body=uploads[1])
    assert replica.quality.spectral_convergence > 0


def test_several_sounds_and_a_morph_are_lists_with_types(typed, api, wav):
    models = api("models")
    several = api("api.sound.sample").sync(client=typed, seed=7, n=3)
    assert [sound.seed for sound in several.sounds] == [7, 8, 9]
    clip = models.AudioEnd(audio=base64.b64encode(wav).decode())
    morph = models.MorphBody(from_=[0.0] * 4, to=clip, steps=4, method=models.MorphBodyMethod.LERP)
    steps = api("api.sound.morph").sync(client=typed, body=morph)
    assert isinstance(steps, models.SoundsAnswer)
    assert all(decoded(step).size > 100 for step in steps.sounds)
    terms = [models.PointTerm(weight=1, z=[1.0] * 4), models.AudioTerm(weight=-1, audio=clip.audio)]
    total = models.GenerateBody(z=models.WeightedSum(terms=terms))
    assert isinstance(api("api.sound.generate").sync(client=typed, body=total), models.SoundAnswer)


def test_models_and_maps_have_types(typed, api):
    listed = api("api.models.list_models").sync(client=typed)
    assert [model.name for model in listed.models] == ["plain", "voices", "voices"]
    clip_map = api("api.models.get_map").sync(name="voices", client=typed, z=True)
    assert len(clip_map.points.x) == len(clip_map.points.z) == clip_map.n_clips
    assert clip_map.axes.origin
    assert api("api.operations.ready").sync(client=typed).status == "ready"


def test_a_failure_is_a_problem_with_types(typed, api):
    problem = api("api.sound.sample").sync(client=typed, model="nosuch")
    assert isinstance(problem, api("models").ProblemAnswer)
    assert (problem.status, problem.type_) == (404, "urn:tonespace:problem:unknown-model")
