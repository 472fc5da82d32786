"""The step downhill: a true gradient, the same in the graph, and a graph that borrows its weights."""

import numpy as np
import onnx
import pytest

from audio.model_directory import load_manifest
from training.config_model import MeanSquaredLoss
from training.data.dataset import load_splits
from training.errors import ConfigError
from training.export import export
from training.exported import ExportedModel, OnnxNetwork
from training.fit.train import build_model
from training.networks.losses import reconstruction_loss
from training.networks.refiner import DownhillStep, point_into, with_convolutions

STEP = 1e-2


@pytest.fixture(scope="module")
def about(exported):
    """Decoder, config and a few clips with z and labels of the exported tiny model."""
    splits = load_splits(exported.config)
    images = splits["train"].log_magnitude[:6].astype(np.float32)
    return exported.model, exported.config, images


def cost(model, config, images, z, labels):
    picture = model.decoder({"z": z} | labels)["log_magnitude"]
    clips = len(z) * float(reconstruction_loss(images, picture, config.model.loss))
    return clips + 0.5 * config.model.beta * float(np.square(z).sum())


def test_the_step_is_a_direction_in_which_the_cost_falls_fastest_for_its_curvature(about):
    model, config, images = about
    posterior = {n: np.asarray(v) for n, v in model.encoder({"log_magnitude": images}).items()}
    labels = {name: posterior[name] for name in model.labels}
    z = posterior["z_mean"]
    examples = {"log_magnitude": images, "z": z} | labels
    step = np.asarray(DownhillStep(model, examples, posterior["z_log_var"])(examples)["step"])
    lengths = np.sqrt(np.square(step).mean(axis=1))
    assert (lengths > 0).all()
    assert (lengths < 1 + 1e-4).all()
    there = cost(model, config, images, z, labels)
    assert cost(model, config, images, z + STEP * step, labels) < there
    assert cost(model, config, images, z - STEP * step, labels) > there


def test_a_step_shrinks_near_the_best_z_and_is_no_longer_than_one_far_from_it(about):
    model, _, images = about
    posterior = {n: np.asarray(v) for n, v in model.encoder({"log_magnitude": images}).items()}
    labels = {name: posterior[name] for name in model.labels}
    z = posterior["z_mean"]
    step = DownhillStep(model, {"log_magnitude": images, "z": z} | labels, posterior["z_log_var"])

    def length(at, of):
        found = np.asarray(step({"log_magnitude": of, "z": at} | labels)["step"])
        return np.sqrt(np.square(found).mean(axis=1))

    own = np.asarray(model.decoder({"z": z} | labels)["log_magnitude"])
    assert length(z, own).mean() < 0.7 * length(z, images).mean()
    assert (length(50 * z, images) < 1 + 1e-4).all()


def test_the_gradient_is_the_one_of_finite_differences(about, monkeypatch):
    model, config, images = about
    squared = config.model.model_copy(update={"loss": MeanSquaredLoss(scale=10)})
    config = config.model_copy(update={"model": squared})  # the other loss takes its weights for constants
    posterior = {n: np.asarray(v) for n, v in model.encoder({"log_magnitude": images}).items()}
    labels = {name: posterior[name][:1] for name in model.labels}
    z = posterior["z_mean"][:1].astype(np.float32)
    examples = {"log_magnitude": images[:1], "z": z} | labels
    monkeypatch.setattr(model, "config", config)
    step = DownhillStep(model, examples, posterior["z_log_var"][:1])
    found = np.asarray(step._gradient(examples, step._logits))
    for i in range(z.shape[1]):
        there = np.zeros_like(z)
        there[0, i] = STEP
        rise = cost(model, config, images[:1], z + there, labels) - cost(
            model, config, images[:1], z - there, labels
        )
        assert found[0, i] == pytest.approx(rise / (2 * STEP), rel=0.1, abs=2e-4)


def test_refined_replicas_are_nearer_to_their_clips(about, exported):
    _, config, images = about
    opened = ExportedModel(exported.directory)
    posterior = opened.encoder({"log_magnitude": images})
    labels = {name: posterior[name] for name in opened.manifest.labels}
    guessed = opened.decoder({"z": posterior["z_mean"]} | labels)["log_magnitude"]
    losses = [
        float(reconstruction_loss(images, y, config.model.loss))
        for y in (guessed, opened.reconstruct(images))
    ]
    assert losses[1] < losses[0]
    np.testing.assert_allclose(
        opened.encode(images)["z_mean"], opened.latents.z_mean[:6], atol=1e-4, rtol=1e-4
    )


def test_the_graph_borrows_the_weights_of_the_decoder(exported):
    graph = onnx.load(exported.directory / "refiner.onnx", load_external_data=False)
    borrowed = [t for t in graph.graph.initializer if t.external_data]
    where = {entry.value for tensor in borrowed for entry in tensor.external_data if entry.key == "location"}
    assert where == {"decoder.onnx"}
    manifest = load_manifest(exported.directory)
    assert manifest.refiner is not None
    assert manifest.refiner.n_steps == exported.config.export.refinement_steps


def test_a_borrowed_tensor_is_read_where_it_lies(tmp_path):
    weights = np.arange(512, dtype=np.float32).reshape(16, 32)
    stored = onnx.numpy_helper.from_array(weights, "weights")
    image = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 16])
    answer = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 32])
    node = onnx.helper.make_node("MatMul", ["x", "weights"], ["y"])
    opsets = [onnx.helper.make_opsetid("", 18)]
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "lender", [image], [answer], [stored]),
        opset_imports=opsets,
        ir_version=9,
    )
    onnx.save(model, tmp_path / "lender.onnx")
    point_into(model, tmp_path / "lender.onnx")
    onnx.save(model, tmp_path / "borrower.onnx")
    assert (tmp_path / "borrower.onnx").stat().st_size < (
        tmp_path / "lender.onnx"
    ).stat().st_size - weights.nbytes / 2
    x = np.random.default_rng(0).random((1, 16), np.float32)
    np.testing.assert_allclose(OnnxNetwork(tmp_path / "borrower.onnx")({"x": x})["y"], x @ weights, rtol=1e-5)


def test_a_convolution_computes_what_the_transposed_one_did(tmp_path):
    rng = np.random.default_rng(0)
    weights = onnx.numpy_helper.from_array(rng.random((5, 4, 1, 3), np.float32), "weights")
    image = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 5, 1, 9])
    answer = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4, 1, 9])
    node = onnx.helper.make_node(
        "ConvTranspose", ["x", "weights"], ["y"], kernel_shape=[1, 3], pads=[0, 1, 0, 1], strides=[1, 1]
    )
    opsets = [onnx.helper.make_opsetid("", 18)]
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "transposed", [image], [answer], [weights]),
        opset_imports=opsets,
        ir_version=9,
    )
    x = {"x": rng.random((1, 5, 1, 9), np.float32)}
    onnx.save(model, tmp_path / "transposed.onnx")
    with_convolutions(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, tmp_path / "plain.onnx")
    assert "ConvTranspose" not in {node.op_type for node in model.graph.node}
    expected, found = (OnnxNetwork(tmp_path / f"{name}.onnx")(x)["y"] for name in ("transposed", "plain"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_window_that_the_strides_do_not_divide_is_refined_too(tiny, tmp_path):
    config = tiny("spectrogram.image_width=15", "export.refinement_steps=2")
    splits = load_splits(config)
    opened = ExportedModel(export(build_model(config, splits["train"]), config, splits, tmp_path))
    assert opened.manifest.refiner.frames_multiple is None
    assert opened.reconstruct(splits["train"].log_magnitude[:1].astype(np.float32)).shape == (1, 16, 15, 1)


def test_a_loss_that_hears_bands_is_refined_too(tiny, tmp_path):
    terms = (f"model.loss.{name}=1.0" for name in ("bands", "structure", "peak"))
    config = tiny("spectrogram.image_height=33", *terms, "export.refinement_steps=2")
    splits = load_splits(config)
    opened = ExportedModel(export(build_model(config, splits["train"]), config, splits, tmp_path))
    assert opened.manifest.refiner.frames_multiple == 2
    assert opened.reconstruct(splits["train"].log_magnitude[:1].astype(np.float32)).shape == (1, 33, 16, 1)


def test_the_graph_takes_every_multiple_of_the_last_stride(exported):
    model, images = exported.model, exported.splits["train"].log_magnitude.astype(np.float32)
    refiner = load_manifest(exported.directory).refiner
    assert (refiner.frames_multiple, refiner.inputs["log_magnitude"]) == (2, (1, 16, None, 1))
    encoded = OnnxNetwork(exported.directory / "encoder.onnx")({"log_magnitude": images})
    examples = {"log_magnitude": images, "z": encoded["z_mean"]} | {n: encoded[n] for n in model.labels}
    step, graph = DownhillStep(model, examples, encoded["z_log_var"]), exported.directory / refiner.file
    for n_frames in range(2, 17, 2):
        cut = {name: rows[:1] for name, rows in examples.items()} | {
            "log_magnitude": images[:1, :, :n_frames]
        }
        in_keras = np.asarray(step.until(n_frames)(cut)["step"])
        np.testing.assert_allclose(
            OnnxNetwork(graph)(cut)["step"], in_keras, atol=1e-3, err_msg=f"{n_frames}"
        )


def test_the_thesis_network_is_not_refined(tiny):
    with pytest.raises(ConfigError, match="residual family"):
        tiny("export.refinement_steps=3", family="thesis")
