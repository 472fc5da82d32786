"""The refiner of a model as ONNX, proven against Keras at several widths."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx

from audio.manifest import Refiner
from audio.model_directory import sha256_of
from training.config import Config
from training.exported import Arrays, OnnxNetwork, compare
from training.networks.free_width import Trace, with_free_width
from training.networks.half_precision import store_weights
from training.networks.refiner import FINAL_RATE, MOMENTUM, RATE, DownhillStep, point_into, with_convolutions

OPSET = 18  # of every graph
REFINER_FILE = "refiner.onnx"
Step = Callable[[dict[str, Any]], dict[str, Any]]  # log_magnitude, z and labels -> step

STEP_TOLERANCE = 1e-4  # of a step, whose preconditioner magnifies rounding; a step moves z by a third of it


def export_refiner(step: DownhillStep, decoder: Path, examples: Arrays, config: Config) -> Refiner:
    """The graph of the step, written beside the decoder's, whose weights stay there, and compared with Keras.

    It takes spectrograms of any multiple of the last stride of frames, if the window is one.

    Args:
        step: of the trained model.
        decoder: its graph.
        examples: log_magnitude, z and labels of training clips.
        config: its experiment.

    Raises:
        ExportError: the graph differs from Keras, or depends on the width in an unknown way.
    """
    n_frames, stride = config.spectrogram.image_shape[1], config.model.network.strides[0]
    cuts = (n_frames - stride, n_frames - 2 * stride)
    free = n_frames % stride == 0 and min(cuts) > 0
    proofs: list[tuple[Step, Arrays]] = [(step, examples)]
    if free:
        shorter = [(step.until(cut), _cut(examples, cut)) for cut in cuts]
        one, other = (Trace(_traced(*each), cut) for each, cut in zip(shorter, cuts, strict=True))
        graph = with_free_width(one, other, n_frames, stride)
        proofs += shorter
    else:
        graph = _traced(step, examples)
    with_convolutions(graph)
    if config.export.weights == "float16":
        store_weights(graph)
    point_into(graph, decoder)
    graph.doc_string, graph.producer_version = "", ""
    path = decoder.with_name(REFINER_FILE)
    onnx.save(graph, path)
    onnx.checker.check_model(path, full_check=True)
    for network, clips in proofs:
        compare("refiner", network, OnnxNetwork(path), clips, (1,), STEP_TOLERANCE)
    shapes = {name: (1, *map(int, rows.shape[1:])) for name, rows in examples.items()}
    clip = (1, config.spectrogram.image_shape[0], None, 1)
    return Refiner(
        file=path.name,
        sha256=sha256_of(path),
        inputs=shapes | {"log_magnitude": clip} if free else shapes,
        outputs={"step": (1, config.model.latent_dim)},
        n_steps=config.export.refinement_steps,
        rate=RATE,
        final_rate=FINAL_RATE,
        momentum=MOMENTUM,
        frames_multiple=stride if free else None,
    )


def _cut(examples: Arrays, n_frames: int) -> Arrays:
    return examples | {"log_magnitude": examples["log_magnitude"][:, :, :n_frames]}


def _traced(step: Step, examples: Arrays) -> onnx.ModelProto:
    """The graph of the step of one clip, whose width is that of the examples."""
    import tensorflow as tf
    import tf2onnx

    names = sorted(examples)
    signature = [tf.TensorSpec((1, *examples[name].shape[1:]), tf.float32, name=name) for name in names]
    traced = tf.function(lambda *rows: step(dict(zip(names, rows, strict=True))), input_signature=signature)
    graph: onnx.ModelProto = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)[0]
    return graph
