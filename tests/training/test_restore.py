"""The weights of a graph in a Keras network again."""

import keras
import numpy as np
import onnx
import pytest

from training.errors import ExportError
from training.export import export
from training.exported import OnnxNetwork
from training.networks.autoencoder import Autoencoder
from training.networks.restore import restore_weights

PARITY = 1e-5


@pytest.mark.parametrize("weights", ["float32", "float16"])
def test_an_exported_network_can_be_restored(exported, tiny, tmp_path, weights, pictures):
    config = tiny(f"export.weights={weights}")
    directory = _exported_again(exported, config, tmp_path)
    restored = Autoencoder(config, {"digit": ["0", "1"], "speaker": ["0", "1"]})
    for network, file in ((restored.encoder, "encoder.onnx"), (restored.decoder, "decoder.onnx")):
        restore_weights(network, directory / file)
    encoded = OnnxNetwork(directory / "encoder.onnx")({"log_magnitude": pictures})
    computed = restored.encoder({"log_magnitude": pictures})
    for name, values in encoded.items():
        np.testing.assert_allclose(keras.ops.convert_to_numpy(computed[name]), values, atol=PARITY)
    point = {"z": encoded["z_mean"], "digit": encoded["digit"], "speaker": encoded["speaker"]}
    image = keras.ops.convert_to_numpy(restored.decoder(point)["log_magnitude"])
    drawn = OnnxNetwork(directory / "decoder.onnx")(point)["log_magnitude"]
    np.testing.assert_allclose(image, drawn, atol=PARITY)


def _exported_again(exported, config, models):
    copy = Autoencoder(
        config, {"digit": ["0", "1"], "speaker": ["0", "1"]}
    )  # the export rounds the weights of what it is given
    copy.encoder.set_weights(exported.model.encoder.get_weights())
    copy.decoder.set_weights(exported.model.decoder.get_weights())
    return export(copy, config, exported.splits, models)


def test_a_graph_of_another_network_is_refused(exported, tiny):
    for other in (tiny("model.network.n_blocks=2"), tiny("model.network.decoder_width=12")):
        model = Autoencoder(other, {"digit": ["0", "1"], "speaker": ["0", "1"]})
        with pytest.raises(ExportError, match="the config describes"):
            restore_weights(model.decoder, exported.directory / "decoder.onnx")


def test_a_graph_that_computes_something_else_is_refused(exported, tmp_path):
    graph = onnx.load(exported.directory / "decoder.onnx")
    last = [node for node in graph.graph.node if node.op_type == "Sigmoid"][-1]
    last.op_type = "Tanh"
    onnx.save(graph, tmp_path / "decoder.onnx")
    model = Autoencoder(exported.config, {"digit": ["0", "1"], "speaker": ["0", "1"]})
    with pytest.raises(ExportError, match="differs from Keras"):
        restore_weights(model.decoder, tmp_path / "decoder.onnx")
