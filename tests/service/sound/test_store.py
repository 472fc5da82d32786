"""A model directory that breaks its promise never gets to serve."""

import json
import shutil

import onnx
import pytest

from audio.errors import ChecksumError, ManifestError
from audio.manifest import sha256_of
from service.errors import BrokenModelError, MisplacedModelError, NoModelsError, UnknownModelError
from service.runtime import Runtime
from service.settings import Settings
from service.sound.store import Store


@pytest.fixture
def model_dir(make_model, tmp_path):
    return make_model(tmp_path, "voice", labels={"digit": ("0", "7", "9"), "speaker": ("a", "b")})


def promise_anew(model_dir, file):
    """Writes the checksum of a changed file into the manifest, as a careless hand would."""
    path = model_dir / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest[file.removesuffix(".onnx")]["sha256"] = sha256_of(model_dir / file)
    path.write_text(json.dumps(manifest))


def test_a_name_means_the_newest_version_by_number(make_model, tmp_path):
    for version in (9, 10, 1):
        make_model(tmp_path, "voice", version=version)
    store = Store.open(tmp_path, "voice")
    assert store.default.reference == store.get(None).reference == "voice@10"
    assert store.get("voice@9").manifest.version == 9
    assert store.versions("voice") == [10, 9, 1]
    with pytest.raises(UnknownModelError):
        store.get("voice@2")


def test_a_changed_file_is_noticed(model_dir, tmp_path):
    (model_dir / "decoder.onnx").write_bytes(b"other")
    with pytest.raises(ChecksumError):
        Store.open(tmp_path, "voice")


def test_a_file_that_is_no_network_is_noticed(model_dir, tmp_path):
    (model_dir / "decoder.onnx").write_bytes(b"other")
    promise_anew(model_dir, "decoder.onnx")
    with pytest.raises(BrokenModelError, match=r"decoder\.onnx: does not load"):
        Store.open(tmp_path, "voice")


def test_a_refiner_that_is_no_network_or_is_gone_is_noticed(make_model, tmp_path):
    model_dir = make_model(tmp_path, "voice", refined=True)
    (model_dir / "refiner.onnx").write_bytes(b"other")
    promise_anew(model_dir, "refiner.onnx")
    with pytest.raises(BrokenModelError, match=r"refiner\.onnx: does not load"):
        Store.open(tmp_path, "voice")
    (model_dir / "refiner.onnx").unlink()
    with pytest.raises(ChecksumError):
        Store.open(tmp_path, "voice")


def test_a_network_with_other_tensors_is_noticed(model_dir, tmp_path):
    graph = onnx.load(model_dir / "encoder.onnx")
    renamed = next(node for node in graph.graph.node if "z_mean" in node.output)
    renamed.output[0] = graph.graph.output[0].name = "Identity:0"
    onnx.save(graph, model_dir / "encoder.onnx")
    promise_anew(model_dir, "encoder.onnx")
    with pytest.raises(BrokenModelError, match="has tensors"):
        Store.open(tmp_path, "voice")


def test_a_network_that_gives_another_shape_is_noticed(model_dir, tmp_path):
    graph = onnx.load(model_dir / "encoder.onnx")
    weights = next(w for w in graph.graph.initializer if w.name == "z_mean_weights")
    array = onnx.numpy_helper.to_array(weights)[:, :3].copy()
    weights.CopyFrom(onnx.numpy_helper.from_array(array, weights.name))
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3
    onnx.save(graph, model_dir / "encoder.onnx")
    promise_anew(model_dir, "encoder.onnx")
    with pytest.raises(BrokenModelError, match="do not run"):
        Store.open(tmp_path, "voice")


def test_a_directory_with_the_manifest_of_another_is_noticed(model_dir, tmp_path):
    shutil.copytree(model_dir, tmp_path / "voice" / "2")
    with pytest.raises(MisplacedModelError, match="voice/1"):
        Store.open(tmp_path, "voice")


def test_an_unfinished_export_is_left_out(model_dir, tmp_path, caplog):
    shutil.copytree(model_dir, tmp_path / "voice" / "2")
    (tmp_path / "voice" / "2" / "manifest.json").unlink()
    assert Store.open(tmp_path, "voice").default.reference == "voice@1"
    assert "has no manifest.json" in caplog.text


def test_one_bad_manifest_stops_all(model_dir, make_model, tmp_path):
    make_model(tmp_path, "other")
    (model_dir / "manifest.json").write_text('{"name": "voice"}')
    with pytest.raises(ManifestError):
        Store.open(tmp_path, "other")


def test_no_models_and_no_default_model_are_told_apart(make_model, tmp_path):
    with pytest.raises(NoModelsError, match="holds no model"):
        Store.open(tmp_path / "nowhere", "voice")
    make_model(tmp_path, "other")
    with pytest.raises(NoModelsError, match="there are other@1"):
        Store.open(tmp_path, "voice")


def test_until_the_models_are_open_every_path_but_live_says_so(start, models_dir, refused, wav):
    client = start(models_dir=models_dir)
    client.app.state.runtime = Runtime(Settings(models_dir=models_dir))
    assert client.get("/health/live").status_code == 200
    for answer in (
        client.get("/health/ready"),
        client.get("/sample"),
        client.get("/models"),
        client.post("/encode", content=wav),
        client.post("/generate", json={"z": [0]}),
    ):
        assert refused(answer, 503, "not-ready")["detail"] == "The service is starting."
        assert answer.headers["retry-after"] == "1"


def test_a_draining_service_is_not_ready_but_answers(start, models_dir, refused, listen):
    client = start(models_dir=models_dir)
    client.app.state.runtime.drain()
    refused(client.get("/health/ready"), 503, "not-ready")
    listen(client.get("/sample"))


def test_broken_models_leave_no_store_and_one_line_in_the_log(start, model_dir, tmp_path, refused, caplog):
    (model_dir / "latents.npz").unlink()
    client = start(models_dir=tmp_path, default_model="voice")
    problem = refused(client.get("/health/ready"), 503, "not-ready")
    assert problem["detail"] == "The service is broken."
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "CRITICAL"]
    assert line == f"cannot start: {model_dir / 'latents.npz'}: is missing"
