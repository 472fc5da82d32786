"""Labels that are numbers: how they steer the decoder, and what a model of them is."""

from dataclasses import replace

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
import tf2onnx

from audio.scale import number_weights
from audio.spectrogram_config import SpectrogramConfig
from training.data.dataset import load_splits
from training.errors import ConfigError
from training.export_refiner import OPSET
from training.exported import OnnxNetwork, compare
from training.fit.batches import Batches
from training.fit.heads import fit_heads
from training.fit.train import build_model
from training.networks.numbers import N_BANDS, bumps, harmonics, number_of

VALUES = ("36", "37", "39", "60")
NOTES = ("57", "58", "63", "69", "70")
FULL_BAND = SpectrogramConfig(sample_rate=44_100, n_fft=2048, hop_length=1024, win_length=2048)
ROUNDING = 2e-6  # of shares up to 1 between Keras and ONNX Runtime
NUMBERS = (
    'data.labels=["digit", "speaker", "index"]',
    'data.numbers={ index = "MIDI note" }',
    "data.test={ fraction = 0.1 }",
    "data.validation={ fraction = 0.1 }",
    'model.conditional=["speaker", "index"]',
    "model.network.pitch_label=index",
    "spectrogram.image_height=33",
)


@pytest.mark.parametrize(
    ("weights", "number"), [([0, 0.5, 0.5, 0], 38), ([1, 0, 0, 0], 36), ([0, 0, 0, 1], 60)]
)
def test_a_network_reads_the_number_that_weights_mean(weights, number):
    assert float(number_of(np.array([weights], np.float32), VALUES)[0, 0]) == pytest.approx(number)


def test_the_octave_that_is_less_likely_does_not_count():
    assert float(number_of(np.array([[0.45, 0, 0, 0.55]], np.float32), VALUES)[0, 0]) == pytest.approx(60)


def test_near_numbers_are_encoded_alike():
    encoded = np.asarray(bumps(np.array([[40.0], [40.5], [50.0]], np.float32), VALUES))
    near, far = np.abs(encoded[0] - encoded[1]).max(), np.abs(encoded[0] - encoded[2]).max()
    assert 0 < near < far / 3


@pytest.mark.parametrize("pitch", [57.0, 57.9, 63.0, 69.0, 69.5])
def test_harmonics_lie_at_the_multiples_of_the_pitch(pitch):
    weights = number_weights(pitch, NOTES)[None]
    lines = np.asarray(harmonics(weights, NOTES, FULL_BAND))[0, :N_BANDS].sum(axis=0)
    hz = np.arange(FULL_BAND.n_bins) * 44_100 / 2048
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    for k in range(1, 6):
        near = np.abs(hz - k * f0) < f0 / 2
        assert abs(hz[near][lines[near].argmax()] - k * f0) <= 44_100 / 2048 / 2 + 1e-3
    assert lines.max() <= 1 + 1e-6


def test_high_harmonics_are_the_same_in_the_exported_graph(tmp_path):
    """Else a decoder that was exported would differ from Keras by more than is allowed, by chance."""
    notes = tuple(map(str, range(36, 85)))
    weights = np.stack([number_weights(pitch, notes) for pitch in np.linspace(36, 84, 193)])
    given = keras.Input((len(notes),), name="pitch")
    network = keras.Model({"pitch": given}, {"lines": Lines(notes)(given)}, name="harmonics")
    signature = [tf.TensorSpec(given.shape, tf.float32, name="pitch")]
    graph, _ = tf2onnx.convert.from_keras(keras.Model([given], network.output), signature, opset=OPSET)
    onnx.save(graph, tmp_path / "harmonics.onnx")
    exported = OnnxNetwork(tmp_path / "harmonics.onnx")
    compare("harmonics", network, exported, {"pitch": weights}, (len(weights),), ROUNDING)


class Lines(keras.layers.Layer):
    """The harmonics of a pitch as a layer, which can be converted."""

    def __init__(self, notes):
        super().__init__()
        self.notes = notes

    def call(self, weights):
        return harmonics(weights, self.notes, FULL_BAND)


def test_a_transposed_clip_has_the_pitch_that_it_was_transposed_to(tiny):
    config = tiny(*NUMBERS, "fit.max_transposition=0.029")
    train = load_splits(config)["train"]
    batches = Batches(train, config, augment=True)
    weights = np.concatenate([batches[i][0]["index"] for i in range(len(batches))])
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-6
    between = ((weights > 0).sum(axis=1) == 2).mean()
    assert 0.2 < between < 0.8  # half of the clips are transposed
    plain = Batches(train, config, augment=False)[0][0]["index"]
    assert ((plain == 1).sum(axis=1) == 1).all()


def test_a_note_that_is_out_of_tune_has_the_pitch_that_it_has(tiny):
    config = tiny(*NUMBERS)
    train = load_splits(config)["train"]
    tuned = replace(train, cents=np.full(len(train), 30, np.float32))
    exact = Batches(tuned, config, augment=False)[0][0]["index"]
    plain = Batches(train, config, augment=False)[0][0]["index"]
    numbers = np.array([float(value) for value in train.values["index"]])
    assert (exact @ numbers)[:4] == pytest.approx(np.minimum((plain @ numbers)[:4] + 0.3, numbers[-1]))


def test_the_decoder_answers_a_number_between_two_values(tiny):
    config = tiny(*NUMBERS)
    model = build_model(config, load_splits(config)["train"])
    assert model.labels.keys() == {"speaker", "index"}
    rng = np.random.default_rng(0)
    for weight in model.decoder.trainable_weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    n_values = len(model.labels["index"])
    pitches = np.stack(
        [np.eye(n_values)[0], (np.eye(n_values)[0] + np.eye(n_values)[1]) / 2, np.eye(n_values)[1]]
    )
    decoded = np.asarray(
        model.decoder(
            {
                "z": np.zeros((3, 3), np.float32),
                "speaker": np.eye(2, dtype=np.float32)[[0, 0, 0]],
                "index": pitches.astype(np.float32),
            }
        )["log_magnitude"]
    )
    assert np.abs(decoded[1] - decoded[0]).max() > 0
    assert np.abs(decoded[1] - decoded[2]).max() > 0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('data.numbers={ take = "s" }', "numbers"),
        ("model.network.pitch_label=digit", "no MIDI note"),
        ('model.conditional=["speaker", "weight"]', "conditional"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tiny, override, message):
    with pytest.raises(ConfigError, match=message):
        tiny(*NUMBERS, override)


def test_heads_that_are_trained_alone_learn_and_leave_the_rest_as_it_is(tiny):
    config = tiny("fit.head_epochs=500")
    train = load_splits(config)["train"]
    model = build_model(config, train)
    before = {layer.name: layer.get_weights() for layer in model.encoder.layers if layer.weights}
    decoder = model.decoder.get_weights()
    fit_heads(model, config, train)
    after = {name: model.encoder.get_layer(name).get_weights() for name in before}
    changed = {n for n, w in before.items() if any((a != b).any() for a, b in zip(w, after[n], strict=True))}
    assert {"digit", "speaker", "head"} <= changed
    assert not {name for name in changed if name.startswith(("conv1d", "z_"))}
    assert all(np.array_equal(a, b) for a, b in zip(decoder, model.decoder.get_weights(), strict=True))
    found = model.encoder({"log_magnitude": train.log_magnitude.astype(np.float32)})
    right = np.asarray(found["digit"]).argmax(axis=1) == train.labels["digit"]
    assert right.mean() > 0.9


def test_heads_do_not_shape_z(tiny):
    config = tiny("fit.head_epochs=1")
    model = build_model(config, load_splits(config)["train"])
    images = tf.ones((2, 16, 16, 1))
    with tf.GradientTape() as tape:
        found = model.encoder({"log_magnitude": images}, training=False)
        cost = tf.reduce_sum(tf.square(found["digit"]))
    weights = model.encoder.get_layer("z_mean").trainable_variables
    assert all(gradient is None for gradient in tape.gradient(cost, weights))
