"""openapi/openapi.json is what the service says of itself."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from service import API_VERSION, VERSION
from service.app import create_app
from service.contract.bodies import GenerateBody, MorphBody
from service.contract.inference import InferBody
from service.http.problems import ALL_PROBLEMS, MEDIA_TYPE
from service.settings import Settings

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "openapi" / "openapi.json"
METHODS = {"get", "post"}
FIRST_WORDS_OF_FRAGMENTS = {"Of", "As", "That", "Without", "By", "In", "On", "From", "Like"}


@pytest.fixture(scope="module")
def document():
    return create_app(Settings()).openapi()


def operations(document):
    return [(path, m, op) for path, item in document["paths"].items() for m, op in item.items()]


def is_inference(path):
    """Whether the path is one of the Open Inference Protocol."""
    return f"{path}/".startswith("/v2/")


def test_the_committed_document_is_the_current_one(document):
    committed = COMMITTED.read_text(encoding="utf-8")
    assert json.loads(committed) == document, "run `make openapi` and review the difference"
    assert committed == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_the_command_prints_the_document():
    command = [sys.executable, "-m", "service", "--openapi"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    assert printed == COMMITTED.read_bytes()


def test_the_service_has_the_projects_version_and_the_document_its_own(document):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["version"], document["info"]["version"]) == (VERSION, API_VERSION)


def test_the_paths_are_those_of_the_contract(document):
    assert {(path, method) for path, method, _ in operations(document)} == {
        ("/encode", "post"),
        ("/reconstruct", "post"),
        ("/generate", "post"),
        ("/sample", "get"),
        ("/morph", "post"),
        ("/instrument", "post"),
        ("/perform", "post"),
        ("/models", "get"),
        ("/models/{name}", "get"),
        ("/models/{name}/map", "get"),
        ("/health/live", "get"),
        ("/health/ready", "get"),
        ("/metrics", "get"),
        ("/version", "get"),
        ("/admin/reload", "post"),
        ("/v2", "get"),
        ("/v2/health/live", "get"),
        ("/v2/health/ready", "get"),
        ("/v2/models/{name}", "get"),
        ("/v2/models/{name}/ready", "get"),
        ("/v2/models/{name}/infer", "post"),
        ("/v2/models/{name}/versions/{version}", "get"),
        ("/v2/models/{name}/versions/{version}/ready", "get"),
        ("/v2/models/{name}/versions/{version}/infer", "post"),
    }


def test_every_declared_failure_is_a_problem_or_an_error_of_the_inference_protocol(document):
    for path, _, operation in operations(document):
        form = ("application/json", "InferenceErrorAnswer") if is_inference(path) else (MEDIA_TYPE, "Problem")
        for status, answer in operation["responses"].items():
            if status == "304":
                assert "content" not in answer
            elif status not in {"200", "206"}:
                assert set(answer["content"]) == {form[0]}, (path, status)
                assert answer["content"][form[0]]["schema"] == {"$ref": f"#/components/schemas/{form[1]}"}


def test_every_path_that_needs_a_key_declares_what_happens_without(document):
    assert document["security"] == [{}, {"Bearer": []}, {"Key": []}]
    assert document["components"]["securitySchemes"].keys() == {"Bearer", "Key"}
    for path, _, operation in operations(document):
        assert ("401" in operation["responses"]) == (not path.endswith("/health/live")), path


def test_every_problem_is_shown_where_its_status_is_declared(document):
    shown = document["components"]["examples"]
    assert shown.keys() == {problem.slug for problem in ALL_PROBLEMS}
    types = document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert types == [example["value"]["type"] for example in shown.values()]
    for path, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status not in {"200", "206", "304"} and not is_inference(path):
                named = answer["content"][MEDIA_TYPE]["examples"]
                assert named.keys() == {p.slug for p in ALL_PROBLEMS if p.status == int(status)}


@pytest.mark.parametrize(
    ("path", "method", "more"),
    [
        ("/sample", "get", {"application/zip"}),
        ("/generate", "post", {"application/zip"}),
        ("/morph", "post", {"application/zip"}),
        ("/reconstruct", "post", set()),
    ],
)
def test_a_sound_is_declared_as_file_image_and_json(document, path, method, more):
    content = document["paths"][path][method]["responses"]["200"]["content"]
    audio = {"audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/pcm"}
    assert set(content) == audio | {"image/png", "application/json"} | more
    for media_type, form in content.items():
        if media_type == "application/json":
            assert "SoundAnswer" in json.dumps(form["schema"]) or "SoundsAnswer" in json.dumps(form["schema"])
            assert form["example"]
        else:
            assert form["schema"] == {"type": "string", "format": "binary"}


def test_every_body_has_examples_that_the_service_takes(document):
    for body in (GenerateBody, MorphBody, InferBody):
        examples = document["components"]["schemas"][body.__name__]["examples"]
        assert examples
        for example in examples:
            body.model_validate(example)


def test_every_reference_is_defined(document):
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"#/')[1:]}:
        target = document
        for key in reference.split("/"):
            target = target[key]


def descriptions(node, where=""):
    """Every description below a node of the document, with its place."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield where, node["description"]
        for key, below in node.items():
            yield from descriptions(below, f"{where}/{key}")
    if isinstance(node, list):
        for index, below in enumerate(node):
            yield from descriptions(below, f"{where}/{index}")


def test_every_operation_parameter_header_and_field_is_described(document):
    for path, method, operation in operations(document):
        assert method in METHODS
        assert operation["summary"], path
        assert operation["description"], path
        for parameter in operation.get("parameters", []):
            assert {**parameter["schema"], **parameter}["description"], (path, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, content in schema["properties"].items():
            assert content.get("description"), (name, field)


def test_every_description_is_a_full_phrase(document):
    """At least three words, a capital letter or a name in backticks first, a full stop last."""
    for where, text in descriptions(document):
        assert re.match("[A-Z`]", text), (where, text)
        assert text.rstrip().endswith("."), (where, text)
        assert len(text.split()) >= 3, (where, text)
        assert text.split()[0] not in FIRST_WORDS_OF_FRAGMENTS, (where, text)
