"""Exported networks as Keras networks again: what a model directory holds is enough to go on from.

The converter keeps the names of layers in its weights, but folds biases and normalisations into nameless
constants; those are found by following the graph. What is restored is compared with the graph it came from.
"""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers
from numpy.typing import NDArray
from onnx import numpy_helper

from training.errors import ExportError
from training.exported import OnnxNetwork, compare

Array = NDArray[np.float32]

LAYER_OF = re.compile(r"/(?P<layer>\w+?)_\d+/")  # the converter numbers every layer once more
N_EXAMPLES = 5
RESTORED_TOLERANCE = 1e-4  # 0.008 dB of 80: the phase of a high harmonic is rounded, a wrong weight is more
NUMBER = re.compile(r"_(\d+)$")


def restore_weights(network: keras.Model, path: Path) -> None:
    """Gives a network that was just built the weights of its exported graph.

    Args:
        network: of dense layers, 1-D convolutions and batch normalisations.
        path: the graph of a network of the same config.

    Raises:
        ExportError: the graph is of another network, or computes something else than the restored one.
    """
    graph = _Graph(onnx.load(path).graph)
    weighted = [layer for layer in network.layers if layer.weights]
    found = _in_order(dict.fromkeys(graph.layers))
    ours = _in_order({layer.name: layer for layer in weighted})
    if [_kind(name) for name in found] != [_kind(name) for name in ours]:
        raise ExportError(f"{path} is not of the network that the config describes")
    for name, layer in zip(found, ours.values(), strict=True):
        _restore(layer, graph, name, path)
    examples = {tensor.name: _example(tensor) for tensor in network.inputs}
    compare(network.name, network, OnnxNetwork(path), examples, tolerance=RESTORED_TOLERANCE)


def _example(tensor: Any) -> Array:
    """Valid inputs: spectrograms, standard normal z, and labels of one value each."""
    rng, shape = np.random.default_rng(0), (N_EXAMPLES, *tensor.shape[1:])
    if tensor.name == "log_magnitude":
        return rng.random(shape, np.float32)
    if tensor.name == "z":
        return rng.standard_normal(shape, np.float32)
    return np.eye(shape[-1], dtype=np.float32)[rng.integers(shape[-1], size=N_EXAMPLES)]


def _restore(layer: keras.layers.Layer, graph: "_Graph", name: str, path: Path) -> None:
    kernel, follows = graph.layers[name], graph.added(name)
    if isinstance(layer, layers.BatchNormalization):  # the graph knows scale and shift alone
        scale = kernel.reshape(-1) * np.sqrt(1 + layer.epsilon)
        values = [scale, follows, np.zeros_like(scale), np.ones_like(scale)]
    else:
        if isinstance(layer, layers.Conv1D):  # (filters, channels, 1, width)
            kernel = kernel.reshape(kernel.shape[0], kernel.shape[1], -1).transpose(2, 1, 0)
        values = [kernel]
        if layer.use_bias:  # the converter leaves out one that adds nothing
            values.append(np.zeros(kernel.shape[-1], np.float32) if follows is None else follows)
    if [np.shape(value) for value in values] != [tuple(w.shape) for w in layer.weights]:
        raise ExportError(f"{path}: {name} has other shapes than the config describes")
    layer.set_weights(values)


class _Graph:
    """The weights of an exported graph by the name of their layer, and what is added to their products."""

    def __init__(self, graph: Any) -> None:
        self._constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        for node in graph.node:
            if node.op_type == "Cast" and node.input[0] in self._constants:
                self._constants[node.output[0]] = self._constants[node.input[0]].astype(np.float32)
        self._users: dict[str, Any] = {}
        self.layers: dict[str, Array] = {}
        self._tensors: dict[str, str] = {}
        for node in graph.node:
            for tensor in node.input:
                self._users.setdefault(tensor, node)
            self._keep_weights(node)

    def _keep_weights(self, node: Any) -> None:
        if node.op_type not in {"Conv", "Gemm", "MatMul", "Mul"}:
            return
        for tensor in node.input[:2]:
            match = LAYER_OF.search(tensor)
            if match and tensor in self._constants and self._constants[tensor].size > 1:
                self.layers[match["layer"]] = self._constants[tensor].astype(np.float32)
                self._tensors[match["layer"]] = tensor

    def added(self, name: str) -> Array | None:
        """The bias of a layer: an input of its node, or of the addition that follows it."""
        node = self._users[self._tensors[name]]
        if len(node.input) == 3:
            return np.asarray(self._constants[node.input[2]].reshape(-1), np.float32)
        while node.op_type != "Add":
            node = self._users.get(node.output[0])
            if node is None or node.op_type not in {"Add", "Squeeze", "Transpose", "Reshape"}:
                return None
        constants = [self._constants[tensor] for tensor in node.input if tensor in self._constants]
        return np.asarray(constants[0].reshape(-1), np.float32) if constants else None


def _in_order(named: dict[str, Any]) -> dict[str, Any]:
    """By kind and number: the order in which the layers were made, whatever the first number was."""

    def key(name: str) -> tuple[str, int]:
        number = NUMBER.search(name)
        return _kind(name), int(number[1]) if number else 0

    return {name: named[name] for name in sorted(named, key=key)}


def _kind(name: str) -> str:
    return NUMBER.sub("", name)
