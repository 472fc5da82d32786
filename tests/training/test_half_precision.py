"""Half the bytes, the same numbers."""

from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from audio.model_directory import load_manifest
from training.data.dataset import load_splits
from training.export import export
from training.fit.train import build_model
from training.networks.half_precision import round_weights, store_weights

N_ROWS, N_COLUMNS = 64, 48
SMALLER = 0.6  # of the bytes that float32 takes


def product(weights):
    """The graph x -> x @ weights."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, N_ROWS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, N_COLUMNS])],
        [numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def run(graph, x):
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": x})[0])


def test_weights_that_fit_are_stored_in_half_the_bytes_and_give_the_same_numbers():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(N_ROWS, N_COLUMNS)).astype(np.float16).astype(np.float32)
    whole, half = product(weights), product(weights)
    store_weights(half)
    onnx.checker.check_model(half, full_check=True)
    assert half.ByteSize() < SMALLER * whole.ByteSize()
    x = rng.normal(size=(3, N_ROWS)).astype(np.float32)
    np.testing.assert_array_equal(run(half, x), run(whole, x))


def test_weights_that_would_lose_something_stay_as_they_are():
    weights = np.random.default_rng(0).normal(size=(N_ROWS, N_COLUMNS)).astype(np.float32)
    weights[0, 0] = 1e6  # more than float16 holds
    graph = product(weights)
    before = graph.SerializeToString()
    store_weights(graph)
    assert graph.SerializeToString() == before


def test_rounding_moves_kernels_and_leaves_biases():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, bias_initializer="glorot_uniform")])
    kernel, bias = (np.array(keras.ops.convert_to_numpy(w)) for w in network.trainable_variables)
    round_weights(network)
    rounded, same = (np.array(keras.ops.convert_to_numpy(w)) for w in network.trainable_variables)
    np.testing.assert_array_equal(rounded, kernel.astype(np.float16).astype(np.float32))
    assert not np.array_equal(rounded, kernel)
    np.testing.assert_array_equal(same, bias)


def test_a_model_is_exported_in_half_the_bytes(tiny, tmp_path):
    sizes: list[Any] = []
    for weights in ("float32", "float16"):
        config = tiny(
            f"export.weights={weights}", "model.network.encoder_width=64", "model.network.decoder_width=64"
        )
        splits = load_splits(config)
        directory = export(build_model(config, splits["train"]), config, splits, tmp_path / weights)
        load_manifest(directory)
        sizes.append((directory / "decoder.onnx").stat().st_size)
    assert sizes[1] < SMALLER * sizes[0] + 50_000  # nodes and what is small stay
