"""Weights in half the bytes: rounded to float16 before the export, stored so, computed with as float32."""

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MIN_WEIGHTS = 1024  # smaller tensors are not worth a node


def round_weights(network: keras.Model) -> None:
    """Moves every matrix and kernel of the network to the nearest float16; biases and statistics stay."""
    for variable in network.trainable_variables:
        if len(variable.shape) > 1:
            exact = np.asarray(keras.ops.convert_to_numpy(variable))
            variable.assign(exact.astype(np.float16).astype(np.float32))


def store_weights(graph: onnx.ModelProto) -> None:
    """Stores as float16 each large float32 initializer that loses nothing by it, with a cast before its use.

    ONNX Runtime folds the cast when it opens the graph, so it costs time once and memory never.
    """
    kept, casts = [], []
    for tensor in graph.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype == np.float32 and weights.size >= MIN_WEIGHTS and _fits(weights):
            stored = numpy_helper.from_array(weights.astype(np.float16), f"{tensor.name}_half")
            casts.append(helper.make_node("Cast", [stored.name], [tensor.name], to=TensorProto.FLOAT))
            kept.append(stored)
        else:
            kept.append(tensor)
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def _fits(weights: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array_equal(weights.astype(np.float16).astype(np.float32), weights))
