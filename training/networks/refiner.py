"""The refiner: a graph of the gradient of the loss by z, through the decoder.

The encoder's z of an unseen clip is not the best one. A few steps along this gradient lead to a z whose
decoded spectrogram is nearer the clip's. ONNX Runtime computes no gradients, so TensorFlow writes this one as
a graph.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.networks.autoencoder import Autoencoder, build_decoder
from training.networks.losses import Tensor, reconstruction_loss

N_PER_COORDINATE, BATCH_SIZE = 32, 64  # gradients that the curvature of each coordinate of z is the mean of
DAMPING = 0.03  # of the mean curvature: no direction is taken for flatter
FAR = 4.0  # in median lengths of the gradient: from there on a step has unit length, and less before
RATE, FINAL_RATE, MOMENTUM = 0.32, 0.1, 0.6
TINY = 1e-12
KERNEL_WIDTH = 3  # of the decoder's convolutions
MIN_BYTES = 1024  # of a tensor that is worth pointing at

Float32 = NDArray[np.float32]
Arrays = dict[str, Float32]


class DownhillStep:
    """{log_magnitude, z, labels} of some clips -> {step}, a step for each that leads downhill.

    The gradient g of (loss + beta / 2 |z|^2) is preconditioned by the inverse of the mean of g g^T over
    training clips: long where the decoder hardly hears z, short where it does. The step is that, and of unit
    length at most: near the best z it shrinks, and z does not go to and fro.

    Source: Amari 1998, the natural gradient, with the empirical Fisher matrix.
    """

    def __init__(self, model: Autoencoder, examples: Arrays, z_log_var: Float32 | None) -> None:
        """Measures the curvature.

        Args:
            model: trained.
            examples: log_magnitude, z and labels of training clips.
            z_log_var: of the same, (n_clips, latent_dim), if z has a variance:
                gradients are taken at samples of the posterior.
        """
        self._model, self._config = model, model.config
        self._logits = _logits(model.decoder)
        config = model.config
        rng = np.random.default_rng(config.seed)
        n_examples = N_PER_COORDINATE * config.model.latent_dim
        chosen = np.resize(rng.permutation(len(examples["z"])), n_examples)
        feed = {name: rows[chosen] for name, rows in examples.items()}
        if z_log_var is not None:
            noise = rng.standard_normal(feed["z"].shape) * np.exp(0.5 * z_log_var[chosen])
            feed["z"] = (feed["z"] + noise).astype(np.float32)
        starts = range(0, n_examples, BATCH_SIZE)
        batches = [{name: rows[i : i + BATCH_SIZE] for name, rows in feed.items()} for i in starts]
        gradients = np.concatenate([self._gradient(batch, self._logits) for batch in batches]).astype(
            np.float64
        )
        curvature = gradients.T @ gradients / n_examples
        damping = (DAMPING * np.trace(curvature) / len(curvature) + TINY) * np.eye(len(curvature))
        preconditioner = np.linalg.inv(curvature + damping)
        lengths = np.sqrt(np.square(gradients @ preconditioner).mean(axis=1))
        self._preconditioner = (preconditioner / (FAR * np.median(lengths) + TINY)).astype(np.float32)

    def __call__(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The step of each clip, of root mean square 1 at most."""
        return self._step(inputs, self._logits)

    def until(self, n_frames: int) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
        """The step of one clip that ends after so many frames, a multiple of the last stride."""
        decoder = build_decoder(self._config, self._model.labels, n_frames=n_frames)
        decoder.set_weights(self._model.decoder.get_weights())
        logits = _logits(decoder)
        return lambda inputs: self._step(inputs, logits)

    def _step(self, inputs: dict[str, Tensor], logits: keras.Model) -> dict[str, Tensor]:
        import tensorflow as tf

        down = -tf.linalg.matmul(self._gradient(inputs, logits), self._preconditioner)
        length = tf.sqrt(tf.reduce_mean(tf.square(down), axis=1, keepdims=True))
        return {"step": down / tf.maximum(length, 1.0)}

    def _gradient(self, inputs: dict[str, Tensor], decoder: keras.Model) -> Tensor:
        """The gradient of each clip's own cost by its z, (n_clips, latent_dim).

        Args:
            inputs: log_magnitude, z and labels.
            decoder: of z and labels, to as many frames, without its sigmoid.
        """
        import tensorflow as tf

        steering = {name: tf.convert_to_tensor(rows) for name, rows in inputs.items()}
        clips, z = steering.pop("log_magnitude"), steering["z"]
        with tf.GradientTape(watch_accessed_variables=False) as through_decoder:
            through_decoder.watch(z)
            logits = tf.squeeze(decoder(steering), -1)
        decoded = tf.sigmoid(logits)
        with tf.GradientTape(watch_accessed_variables=False) as through_loss:
            through_loss.watch(decoded)
            image = tf.expand_dims(decoded, -1)
            share = clips.shape[2] / self._config.spectrogram.image_shape[1]  # of the window's cells
            about = self._config.model.loss, self._config.spectrogram, share
            cost = clips.shape[0] * reconstruction_loss(clips, image, *about)
        by_logits = through_loss.gradient(cost, decoded) * decoded * (1.0 - decoded)
        by_z = through_decoder.gradient(logits, z, output_gradients=by_logits)
        return by_z + self._config.model.beta * z


def _logits(decoder: keras.Model) -> keras.Model:
    """A decoder without its sigmoid, whose gradient has no ONNX operator: it is taken by hand."""
    return keras.Model(decoder.input, decoder.layers[-1].input)


def with_convolutions(graph: onnx.ModelProto) -> None:
    """Makes each transposed convolution of stride 1 a convolution with the reversed kernel, which is faster.

    ONNX Runtime reverses the kernels once, when it opens the graph.

    Args:
        graph: whose convolutions have kernels of height 1.
    """
    order = numpy_helper.from_array(np.arange(KERNEL_WIDTH - 1, -1, -1), "reversed_order")
    nodes, reversed_kernels = list[onnx.NodeProto](), set[str]()
    for node in graph.graph.node:
        if node.op_type == "ConvTranspose":
            kernel, pads = node.input[1], next(list(a.ints) for a in node.attribute if a.name == "pads")
            swapped, turned = f"{kernel}_swapped", f"{kernel}_reversed"
            if turned not in reversed_kernels:
                nodes.append(helper.make_node("Transpose", [kernel], [swapped], perm=[1, 0, 2, 3]))
                nodes.append(helper.make_node("Gather", [swapped, order.name], [turned], axis=3))
                reversed_kernels.add(turned)
            node = helper.make_node("Conv", [node.input[0], turned], node.output, pads=pads)
        nodes.append(node)
    graph.graph.initializer.append(order)
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)


def point_into(graph: onnx.ModelProto, path: Path) -> None:
    """Takes out of a graph each large tensor that lies in another graph's file, and says where it lies there.

    Args:
        graph: whose weights are, in part, the other's.
        path: of the other graph; this one has to be saved beside it.
    """
    content = path.read_bytes()
    for tensor in graph.graph.initializer:
        raw = tensor.raw_data
        at = content.find(raw) if len(raw) >= MIN_BYTES else -1
        if at >= 0:
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", path.name), ("offset", at), ("length", len(raw))):
                tensor.external_data.add(key=key, value=str(value))
