"""What is published: valid graphs with the agreed tensors, the numbers of Keras, whole or not at all."""

import shutil
from collections.abc import Callable

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from audio.latents import LatentMixture
from audio.model_directory import load_latents, load_manifest
from training.config import Config
from training.data.dataset import load_splits
from training.errors import ExportError
from training.export import export, next_version
from training.exported import ExportedModel
from training.fit.train import build_model

PARITY_TOLERANCE = 1e-5  # largest absolute difference between Keras and ONNX Runtime
TRIPLE = (1, 3, 5)  # batch sizes

Tiny = Callable[..., Config]


def open_graph(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def publish(config, models, **splits):
    """The directory and manifest of an untrained model: what is asked here does not need it trained."""
    whole = load_splits(config) | splits
    directory = export(build_model(config, whole["train"]), config, whole, models)
    return directory, load_manifest(directory)


def differences(network, path, n_rows):
    rng = np.random.default_rng(n_rows)
    rows = {t.name: rng.random((n_rows, *t.shape[1:]), np.float32) for t in network.inputs}
    session = open_graph(path)
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, rows), strict=True))
    expected = {name: np.asarray(keras.ops.convert_to_numpy(v)) for name, v in network(rows).items()}
    assert found.keys() == expected.keys()
    return {name: float(np.abs(found[name] - expected[name]).max()) for name in expected}


def test_the_directory_is_whole(exported):
    assert sorted(path.name for path in exported.directory.iterdir()) == [
        "card.md",
        "decoder.onnx",
        "encoder.onnx",
        "latents.npz",
        "manifest.json",
        "refiner.onnx",
    ]
    assert exported.directory.parts[-2:] == ("tiny", "1")
    assert [path.name for path in exported.directory.parent.iterdir()] == ["1"]


def test_tensors_have_the_agreed_names_and_shapes(exported):
    image, z, digit, speaker = [(16, 16, 1)], [(3,)], [(2,)], [(2,)]
    agreed = {
        "encoder.onnx": (
            {"log_magnitude": image},
            {"z_mean": z, "z_log_var": z, "digit": digit, "speaker": speaker},
        ),
        "decoder.onnx": ({"z": z, "digit": digit, "speaker": speaker}, {"log_magnitude": image}),
    }
    for file, (inputs, outputs) in agreed.items():
        session = open_graph(exported.directory / file)
        for tensors, expected in ((session.get_inputs(), inputs), (session.get_outputs(), outputs)):
            assert {t.name: [tuple(t.shape[1:])] for t in tensors} == expected
            assert all(t.type == "tensor(float)" for t in tensors)
            assert not any(isinstance(t.shape[0], int) for t in tensors)  # the batch axis is free


@pytest.mark.parametrize("file", ["encoder.onnx", "decoder.onnx"])
def test_graphs_are_valid_and_draw_nothing(file, exported):
    graph = onnx.load(exported.directory / file)
    onnx.checker.check_model(graph, full_check=True)
    kinds = {node.op_type for node in graph.graph.node}
    assert not {kind for kind in kinds if "Random" in kind or kind in {"Multinomial", "Bernoulli", "Dropout"}}
    assert {node.domain for node in graph.graph.node} <= {""}  # no operator from elsewhere


@pytest.mark.parametrize("n_rows", TRIPLE)
def test_onnx_runtime_computes_what_keras_computes(n_rows, exported):
    for network in (exported.model.encoder, exported.model.decoder):
        found = differences(network, exported.directory / f"{network.name}.onnx", n_rows)
        assert max(found.values()) <= PARITY_TOLERANCE, found


def test_the_manifest_keeps_its_promises(exported):
    manifest, config, train = load_manifest(exported.directory), exported.config, exported.splits["train"]
    assert (manifest.name, manifest.version, manifest.kind) == ("tiny", 1, "variational-autoencoder")
    assert manifest.spectrogram == config.spectrogram
    assert manifest.labels == {"digit": ("0", "1"), "speaker": ("anna", "ben")}
    assert manifest.clip_labels == {}
    assert manifest.level_db == pytest.approx(float(np.median(train.level_db)), abs=0.01)
    assert (manifest.data.n_training_clips, manifest.data.n_validation_clips) == (24, 8)
    assert manifest.data.splits == "test: index 0-1; validation: index 2-3; training: all others"
    assert manifest.data.licence == "CC0"
    assert manifest.metrics == {}


def test_without_refinement_the_latents_are_what_the_encoder_says(tiny, tmp_path):
    config = tiny("export.refinement_steps=0")
    splits = load_splits(config)
    model = build_model(config, splits["train"])
    directory = export(model, config, splits, tmp_path)
    manifest = load_manifest(directory)
    assert manifest.refiner is None
    assert not (directory / "refiner.onnx").exists()
    images = splits["train"].log_magnitude.astype(np.float32)
    z_mean = np.asarray(model.encoder({"log_magnitude": images})["z_mean"])
    assert np.abs(load_latents(directory, manifest).z_mean - z_mean).max() <= PARITY_TOLERANCE


def test_the_latents_are_the_encoded_training_clips(exported):
    manifest, train = load_manifest(exported.directory), exported.splits["train"]
    latents = load_latents(exported.directory, manifest)
    images = train.log_magnitude.astype(np.float32)
    z_mean = ExportedModel(exported.directory).encode(images)["z_mean"]
    np.testing.assert_allclose(latents.z_mean, z_mean, atol=PARITY_TOLERANCE)
    for name, indices in train.labels.items():
        np.testing.assert_array_equal(latents.labels[name], indices)
    pairs = set(zip(latents.component, latents.labels["digit"], latents.labels["speaker"], strict=True))
    assert len(pairs) == manifest.latent_distribution.n_components == 4  # one for each digit and speaker


def test_the_card_says_where_the_model_comes_from(exported):
    card = (exported.directory / "card.md").read_text(encoding="utf-8")
    for said in ("# tiny, version 1", "Tones", "CC0", "24 training, 8 validation", "Not evaluated yet"):
        assert said in card


def test_versions_count_up_and_are_never_overwritten(exported, tmp_path):
    models = tmp_path / "models"
    for taken in ("1", "9", "10", ".11.new"):
        (models / "tiny" / taken).mkdir(parents=True)
    assert next_version(models / "tiny") == 11
    assert next_version(models / "unheard-of") == 1
    with pytest.raises(ExportError, match="never changes"):
        export(exported.model, exported.config, exported.splits, models, version=9)
    assert list((models / "tiny" / "9").iterdir()) == []


@pytest.mark.parametrize("before", [[], ["1"]])
def test_an_export_that_fails_half_way_leaves_nothing_behind(before, exported, tmp_path, monkeypatch):
    models = tmp_path / "models"
    for version in before:
        shutil.copytree(exported.directory, models / "tiny" / version)
    monkeypatch.setattr("training.export_refiner.STEP_TOLERANCE", -1.0)  # even equal is too far
    with pytest.raises(ExportError, match=r"refiner\.step: differs from Keras by"):
        export(exported.model, exported.config, exported.splits, models)
    left = sorted(path.relative_to(models).as_posix() for path in models.rglob("*") if path.is_dir())
    assert left == (["tiny", "tiny/1"] if before else [])


def test_another_backend_is_sent_to_tensorflow(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ExportError, match="KERAS_BACKEND=tensorflow"):
        export(exported.model, exported.config, exported.splits, tmp_path)


def test_an_unconditional_model_of_labelled_clips_keeps_their_labels_apart(tiny, tmp_path):
    directory, manifest = publish(
        tiny("model.conditional=false", "model.kind=autoencoder", family="thesis"), tmp_path
    )
    assert manifest.labels == {}
    assert manifest.clip_labels == {"digit": ("0", "1"), "speaker": ("anna", "ben")}
    assert manifest.encoder.outputs == {"z_mean": (None, 3)}
    assert manifest.decoder.inputs == {"z": (None, 3)}
    latents = load_latents(directory, manifest)
    assert latents.labels.keys() == {"digit", "speaker"}
    assert manifest.latent_distribution.n_components == 4
    mixture = LatentMixture(latents, manifest.latent_distribution)
    assert sorted(zip(*(mixture.labels[n].tolist() for n in ("digit", "speaker")), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_unlabelled_clips_are_gathered_in_clusters(tiny, tmp_path):
    config = tiny("model.conditional=false", "data.labels=[]", "sampling.n_clusters=3", family="thesis")
    directory, manifest = publish(config, tmp_path)
    assert (manifest.labels, manifest.clip_labels) == ({}, {})
    latents = load_latents(directory, manifest)
    assert 1 <= manifest.latent_distribution.n_components <= 3
    assert set(latents.component) == set(range(manifest.latent_distribution.n_components))
    draw = LatentMixture(latents, manifest.latent_distribution).sample(
        np.random.default_rng(0), 1.0, np.ones(manifest.latent_distribution.n_components, np.bool_)
    )
    assert np.isfinite(draw.z).all()


def test_a_label_value_with_one_clip_is_exported_and_sampled(tiny, recordings, tmp_path, tone):
    folder = shutil.copytree(recordings, tmp_path / "recordings")
    tone(folder / "2_anna_5.wav", 800)
    directory, manifest = publish(
        tiny(f"data.recordings={folder}", "export.refinement_steps=0"), tmp_path / "models"
    )
    assert manifest.labels["digit"] == ("0", "1", "2")
    mixture = LatentMixture(load_latents(directory, manifest), manifest.latent_distribution)
    third = mixture.matching({"digit": np.array([0, 0, 1], np.float32)})
    assert third.sum() == 1
    assert np.isfinite(mixture.sample(np.random.default_rng(0), 1.0, third).z).all()


def test_a_conditional_thesis_network_keeps_its_label_tensors(tiny, tmp_path):
    directory, manifest = publish(tiny(family="thesis"), tmp_path)
    session = open_graph(directory / "decoder.onnx")
    assert {tensor.name for tensor in session.get_inputs()} == manifest.decoder.inputs.keys()
