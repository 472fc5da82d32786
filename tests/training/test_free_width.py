"""Two traces become one graph, and only where they differ in widths."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.errors import ExportError
from training.exported import OnnxNetwork
from training.networks.free_width import Trace, with_free_width

N_FRAMES, STRIDE, N_ROWS = 12, 2, 3


def traced(n_frames, weight=2.0, doubled=False, names="a"):
    """log_magnitude (1, 3, n, 1) -> step (3, 6): its first half of the frames, weighted, then zeros."""
    n_steps = n_frames // STRIDE

    def constant(name, values):
        return numpy_helper.from_array(np.asarray(values), f"{names}_{name}")

    constants = [
        constant("shape", np.array([N_ROWS, n_frames])),
        constant("starts", np.array([0, 0])),
        constant("ends", np.array([N_ROWS, n_steps])),
        constant("axes", np.array([0, 1])),
        constant("pads", np.array([0, 0, 0, N_FRAMES // STRIDE - n_steps])),
        constant("weight", np.full((1, N_FRAMES // STRIDE), weight, np.float32)),
        constant("uniform", np.full((N_ROWS, n_frames), weight, np.float32)),
    ]
    at = {tensor.name.split("_")[1]: tensor.name for tensor in constants}
    nodes = [
        helper.make_node("Reshape", ["log_magnitude", at["shape"]], [f"{names}_flat"]),
        helper.make_node("Mul", [f"{names}_flat", at["uniform"]], [f"{names}_weighted"]),
        helper.make_node(
            "Slice", [f"{names}_weighted", at["starts"], at["ends"], at["axes"]], [f"{names}_half"]
        ),
        helper.make_node("Pad", [f"{names}_half", at["pads"]], [f"{names}_padded"]),
        helper.make_node("Mul", [f"{names}_padded", at["weight"]], ["step"]),
    ]
    if doubled:
        nodes[-1].output[0] = f"{names}_last"
        nodes.append(helper.make_node("Neg", [f"{names}_last"], ["step"]))
    image = helper.make_tensor_value_info("log_magnitude", TensorProto.FLOAT, [1, N_ROWS, n_frames, 1])
    step = helper.make_tensor_value_info("step", TensorProto.FLOAT, [N_ROWS, N_FRAMES // STRIDE])
    graph = helper.make_graph(nodes, names, [image], [step], constants)
    return Trace(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), n_frames
    )


def test_every_width_gives_what_a_trace_of_that_width_gives(tmp_path):
    free = with_free_width(traced(10), traced(8, names="b"), N_FRAMES, STRIDE)
    onnx.checker.check_model(free, full_check=True)
    onnx.save(free, tmp_path / "free.onnx")
    for n_frames in range(2, N_FRAMES + 1, STRIDE):
        onnx.save(traced(n_frames).graph, tmp_path / "one.onnx")
        image = np.random.default_rng(n_frames).random((1, N_ROWS, n_frames, 1), np.float32)
        expected, found = (
            OnnxNetwork(tmp_path / f"{name}.onnx")({"log_magnitude": image})["step"]
            for name in ("one", "free")
        )
        np.testing.assert_array_equal(found, expected)


def test_the_traces_stay_as_they_are():
    one, other = traced(10), traced(8)
    before = one.graph.SerializeToString()
    with_free_width(one, other, N_FRAMES, STRIDE)
    assert one.graph.SerializeToString() == before


@pytest.mark.parametrize(
    "other",
    [traced(8, weight=3.0), traced(8, doubled=True), Trace(traced(6).graph, 8)],
    ids=["another value", "another node", "another length"],
)
def test_traces_of_different_networks_are_refused(other):
    with pytest.raises(ExportError, match="two traces of the refiner"):
        with_free_width(traced(10), other, N_FRAMES, STRIDE)
