"""One graph for spectrograms of any width, made of two that were traced at one width each.

TensorFlow's gradients cannot be converted with a free width. Where two traces differ, the width is in their
constants; there the free graph computes it from its input.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from training.errors import ExportError

IMAGE, TIME_AXIS = "log_magnitude", 2
N_FRAMES, N_STEPS, N_STEPS_LEFT = "n_frames", "n_steps", "n_steps_left"  # names of tensors

Array = NDArray[Any]


class Trace(NamedTuple):
    """A graph, and the number of frames that its log_magnitude has."""

    graph: onnx.ModelProto
    n_frames: int


def with_free_width(trace: Trace, other: Trace, n_frames: int, stride: int) -> onnx.ModelProto:
    """A graph for log_magnitude of any multiple of `stride` frames, up to `n_frames`.

    Args:
        trace: the network at one width.
        other: the same at another.
        n_frames: of the window.
        stride: of the stage that the width cuts: it takes n_frames / stride steps.

    Raises:
        ExportError: the traces differ in more than widths.
    """
    free = onnx.ModelProto()
    free.CopyFrom(trace.graph)
    graph, widths = free.graph, (trace.n_frames, other.n_frames)
    lengths = {
        tuple((n_frames - width) // stride for width in widths): N_STEPS_LEFT,
        tuple(width // stride for width in widths): N_STEPS,
        widths: N_FRAMES,
    }
    twins = _twins(trace.graph, other.graph)
    constants, other_constants = _constants(trace.graph), _constants(other.graph)
    made = _Made(lengths)
    for node in graph.node:
        for i, name in enumerate(node.input):
            ours, theirs = constants.get(name), other_constants.get(twins[node.output[0]].input[i])
            if ours is not None and (theirs is None or not np.array_equal(ours, theirs)):
                node.input[i] = made.free(node.op_type, ours, theirs)
    nodes = [*_counted(made, n_frames, stride), *made.nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in (*graph.initializer, *made.constants) if tensor.name in used]
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)
    (image,) = (tensor for tensor in graph.input if tensor.name == IMAGE)
    image.type.tensor_type.shape.dim[TIME_AXIS].dim_param = N_FRAMES
    return free


class _Made:
    """The constants and nodes that take the place of constants with a width in them."""

    def __init__(self, lengths: Mapping[tuple[int, ...], str]) -> None:
        self._lengths = lengths
        self.constants: list[onnx.TensorProto] = []
        self.nodes: list[NodeProto] = []

    def constant(self, values: Array) -> str:
        """The name of a new constant."""
        name = f"free_width_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def free(self, op_type: str, ours: Array, theirs: Array | None) -> str:
        """The name of a tensor for all widths in place of a constant that two widths have two of."""
        if theirs is None or ours.dtype != theirs.dtype or ours.ndim != theirs.ndim:
            raise ExportError(f"two traces of the refiner differ in a constant of {op_type}")
        if ours.dtype != np.int64:
            return self._one_value(op_type, ours, theirs)
        if op_type == "Reshape":
            return self.constant(np.where(ours == theirs, ours, -1))
        return self._computed(op_type, ours, theirs)

    def _one_value(self, op_type: str, ours: Array, theirs: Array) -> str:
        """A tensor that is one value throughout, such as the weight of a mean, broadcasts."""
        value = ours.flat[0]
        if not (ours == value).all() or not np.allclose(theirs, value, rtol=1e-6):
            raise ExportError(f"two traces of the refiner differ in the values of {op_type}")
        return self.constant(np.full((1,) * ours.ndim, value))

    def _computed(self, op_type: str, ours: Array, theirs: Array) -> str:
        """The ends of a slice, the sizes of a padding."""
        parts = []
        for pair in zip(ours.tolist(), theirs.tolist(), strict=True):
            if pair[0] != pair[1] and pair not in self._lengths:
                raise ExportError(f"two traces of the refiner have {pair} in a constant of {op_type}")
            same = pair[0] == pair[1]
            parts.append(self.constant(np.array(pair[:1])) if same else self._lengths[pair])
        name = f"free_width_of_{len(self.nodes)}"
        self.nodes.append(helper.make_node("Concat", parts, [name], axis=0))
        return name


def _counted(made: _Made, n_frames: int, stride: int) -> list[NodeProto]:
    """The nodes that count frames and steps in the input."""
    by, steps = made.constant(np.array([stride])), made.constant(np.array([n_frames // stride]))
    return [
        helper.make_node("Shape", [IMAGE], [N_FRAMES], start=TIME_AXIS, end=TIME_AXIS + 1),
        helper.make_node("Div", [N_FRAMES, by], [N_STEPS]),
        helper.make_node("Sub", [steps, N_STEPS], [N_STEPS_LEFT]),
    ]


def _constants(model: onnx.ModelProto) -> dict[str, Array]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def _twins(model: onnx.ModelProto, other: onnx.ModelProto) -> dict[str, NodeProto]:
    """The node of the other graph for each of one graph, by the name of its first output.

    The converter names and orders nodes anew each time, so both graphs are walked up from their outputs.
    """
    producers, others = _producers(model), _producers(other)
    pairs = [
        (ours.name, theirs.name) for ours, theirs in zip(model.graph.output, other.graph.output, strict=True)
    ]
    twins: dict[str, NodeProto] = {}
    while pairs:
        name, twin = pairs.pop()
        if name not in producers or producers[name].output[0] in twins:
            continue
        node, their = producers[name], others.get(twin)
        if their is None or node.op_type != their.op_type or len(node.input) != len(their.input):
            raise ExportError(f"two traces of the refiner differ at {name}")
        twins[node.output[0]] = their
        pairs.extend(zip(node.input, their.input, strict=True))
    return twins


def _producers(model: onnx.ModelProto) -> dict[str, NodeProto]:
    return {name: node for node in model.graph.node for name in node.output}
