"""A model directory that does not match its manifest is never served."""

import json
import shutil
import time
from threading import Barrier

import onnx
import onnxruntime
import pytest

from audio.errors import ChecksumError, ManifestError
from audio.model_directory import sha256_of
from service.errors import (
    BrokenModelError,
    MisplacedModelError,
    NoGpuError,
    NoModelsError,
    UnknownModelError,
)
from service.sound import autoencoder
from service.sound.sessions import CPU, CUDA
from service.sound.store import Model, Store


@pytest.fixture
def model_dir(make_model, tmp_path):
    return make_model(tmp_path, "voice", labels={"digit": ("0", "7", "9"), "speaker": ("a", "b")})


def promise_anew(model_dir, file):
    """Writes the checksum of a changed file into the manifest, as a careless hand would."""
    path = model_dir / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest[file.partition(".")[0]]["sha256"] = sha256_of(model_dir / file)
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


def test_models_are_opened_side_by_side_and_stand_in_their_order(make_model, tmp_path, monkeypatch):
    for name in ("one", "two", "voice"):
        make_model(tmp_path, name)
    (tmp_path / "one" / "1" / "decoder.onnx").write_bytes(b"other")
    open_network, beside = autoencoder.open_session, Barrier(2)

    def waits_for_another(*arguments):
        beside.wait(timeout=30)  # two models have as many networks, so all pair up
        return open_network(*arguments)

    monkeypatch.setattr(autoencoder, "open_session", waits_for_another)
    store = Store.open(tmp_path, "voice")
    assert [model.reference for model in store] == ["two@1", "voice@1"]
    assert [left_out.directory for left_out in store.unavailable] == ["one/1"]


def test_the_largest_model_is_opened_first(make_model, tmp_path, monkeypatch):
    sizes = {"one": 10, "other": 1000, "voice": 100}
    for name, kilobytes in sizes.items():
        (make_model(tmp_path, name) / "notes.txt").write_bytes(bytes(1000 * kilobytes))
    opened, open_model = [], Model.open

    def noted(directory, provider):
        opened.append(directory.parent.name)
        return open_model(directory, provider)

    monkeypatch.setattr(Model, "open", noted)
    monkeypatch.setattr("service.sound.store.N_AT_ONCE", 1)
    assert [model.reference for model in Store.open(tmp_path, "voice")] == ["one@1", "other@1", "voice@1"]
    assert opened == ["other", "voice", "one"]


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_after_an_error_that_no_model_is_to_blame_for_no_further_one_is_opened(
    error, make_model, tmp_path, monkeypatch
):
    for version in range(1, 9):
        make_model(tmp_path, "voice", version=version)
    opened = []

    def fails(directory, _):
        opened.append(directory)
        if len(opened) > 1:
            time.sleep(0.2)
        raise error

    monkeypatch.setattr(Model, "open", fails)
    with pytest.raises(error):
        Store.open(tmp_path, "voice")
    assert len(opened) < 8


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
    store = Store.open(tmp_path, "voice")
    assert store.default.reference == "voice@1"
    (left_out,) = store.unavailable
    assert (left_out.directory, left_out.reason) == (
        "voice/2",
        "voice/2/manifest.json: cannot be read: No such file or directory",
    )
    assert f"{tmp_path / 'voice' / '2'} is left out" in caplog.text


def no_json(folder):
    (folder / "manifest.json").write_text("{")


def another_name(folder):
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"bad"', '"worse"'))


def changed_network(folder):
    (folder / "decoder.onnx").write_bytes(b"other")


def no_network(folder):
    changed_network(folder)
    promise_anew(folder, "decoder.onnx")


def network_that_is_a_folder(folder):
    (folder / "decoder.onnx").unlink()
    (folder / "decoder.onnx").mkdir()


def network_with_broken_names(folder):
    content = (folder / "decoder.onnx").read_bytes()
    (folder / "decoder.onnx").write_bytes(content.replace(b"logits", b"log\xff\xfes", 1))
    promise_anew(folder, "decoder.onnx")


def archive_of_the_future(folder):
    content = (folder / "latents.npz").read_bytes()
    (folder / "latents.npz").write_bytes(content.replace(b"PK\1\2-\3-", b"PK\1\2-\3\xff"))
    promise_anew(folder, "latents.npz")


DAMAGES = {
    no_json: "bad/1/manifest.json: the file: Invalid JSON",
    another_name: "bad/1: its manifest is the one of worse/1",
    changed_network: "bad/1/decoder.onnx: differs from the checksum in the manifest",
    no_network: "bad/1/decoder.onnx: does not load",
    network_that_is_a_folder: "bad/1/decoder.onnx: is missing",
    network_with_broken_names: "bad/1/decoder.onnx: does not load",
    archive_of_the_future: "bad/1/latents.npz: is not the latents file of this manifest",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_model_is_left_out_and_the_others_open(make_model, tmp_path, caplog, damage):
    damage(make_model(tmp_path, "bad"))
    for name in ("other", "voice"):
        make_model(tmp_path, name)
    store = Store.open(tmp_path, "voice")
    assert [model.reference for model in store] == ["other@1", "voice@1"]
    (left_out,) = store.unavailable
    assert left_out.directory == "bad/1"
    assert left_out.reason.startswith(DAMAGES[damage])
    assert str(tmp_path) not in left_out.reason
    assert "bad/1 is left out" in caplog.text


def test_what_is_no_version_is_left_out(model_dir, tmp_path):
    shutil.copytree(model_dir, tmp_path / "voice" / "1.bak")
    shutil.copytree(model_dir, tmp_path / "flat")
    (tmp_path / "voice" / "latest").symlink_to("1")
    (tmp_path / "voice" / "dangling").symlink_to("9")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden" / "1").mkdir(parents=True)
    (tmp_path / "voice" / "notes.txt").touch()
    (tmp_path / "README.md").touch()
    store = Store.open(tmp_path, "voice")
    assert [model.reference for model in store] == ["voice@1"]
    assert sorted(left_out.directory for left_out in store.unavailable) == [
        "empty",
        "flat",
        "voice/1.bak",
        "voice/latest",
    ]


def test_a_model_behind_symbolic_links_opens(model_dir, tmp_path):
    (tmp_path / "models").symlink_to(tmp_path)
    (tmp_path / "elsewhere" / "voice").mkdir(parents=True)
    (tmp_path / "elsewhere" / "voice" / "1").symlink_to(model_dir)
    assert Store.open(tmp_path / "elsewhere", "voice").default.reference == "voice@1"


def test_the_newest_version_of_the_default_model_has_to_open(make_model, tmp_path):
    for version in (1, 2, 10):
        make_model(tmp_path, "voice", version=version)
    no_json(tmp_path / "voice" / "10")
    with pytest.raises(ManifestError):
        Store.open(tmp_path, "voice")
    with pytest.raises(ManifestError):
        Store.open(tmp_path, "voice@10")
    assert Store.open(tmp_path, "voice@2").default.reference == "voice@2"


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="this ONNX Runtime has CUDA")
def test_a_gpu_that_is_demanded_and_missing_is_a_sentence(make_model, tmp_path):
    make_model(tmp_path, "voice")
    assert Store.open(tmp_path, "voice", "auto").default.autoencoder.providers == [CPU]
    with pytest.raises(NoGpuError, match=r"^the setting provider is cuda, and voice@1 runs on the CPU: "):
        Store.open(tmp_path, "voice", "cuda")


def test_no_models_and_no_default_model_are_told_apart(make_model, tmp_path):
    with pytest.raises(NoModelsError, match="holds no model"):
        Store.open(tmp_path / "nowhere", "voice")
    make_model(tmp_path, "other")
    with pytest.raises(NoModelsError, match="there are other@1"):
        Store.open(tmp_path, "voice")
