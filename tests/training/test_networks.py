"""The networks of the thesis to the last parameter, and what both families promise."""

from typing import Any

import keras
import numpy as np
import pytest

from training.data.dataset import load_splits
from training.fit.batches import Batches
from training.fit.train import build_model
from training.networks.autoencoder import LOG_VAR_LIMIT, Autoencoder, build_decoder, build_encoder

THESIS_LARGE = (690, 545, 3)
PROBABILITY_TOLERANCE = 1e-5  # by which a row may miss 1


@pytest.fixture(scope="module")
def thesis(tiny):
    """28 x 28, two latent dimensions, as the thesis prints it."""
    return tiny(
        "model.kind=autoencoder",
        "model.conditional=false",
        "model.latent_dim=2",
        "model.network.filters=[32, 64, 64, 64]",
        "model.network.strides=[1, 2, 2, 1]",
        "spectrogram.image_height=28",
        "spectrogram.image_width=28",
        family="thesis",
    )


def n_frozen(network):
    return sum(int(np.prod(w.shape)) for w in network.non_trainable_weights)


def shapes(network, kind):
    return [tuple(layer.output.shape[1:]) for layer in network.layers if isinstance(layer, kind)]


def test_the_encoder_of_the_thesis_has_99842_parameters(thesis):
    encoder = build_encoder(thesis, {})
    assert (encoder.count_params(), n_frozen(encoder)) == (99_842, 448)


def test_the_decoder_of_the_thesis_has_121537_parameters(thesis):
    decoder = build_decoder(thesis, {})
    assert (decoder.count_params(), n_frozen(decoder)) == (121_537, 384)


def test_the_autoencoder_of_the_thesis_has_221379_parameters(thesis):
    model = Autoencoder(thesis, {})
    assert model.encoder.count_params() + model.decoder.count_params() == 221_379


def test_the_encoder_of_the_thesis_halves_the_picture_twice(thesis):
    encoder = build_encoder(thesis, {})
    assert shapes(encoder, keras.layers.Conv2D) == [(28, 28, 32), (14, 14, 64), (7, 7, 64), (7, 7, 64)]
    assert shapes(encoder, keras.layers.Flatten) == [(3136,)]
    assert shapes(encoder, keras.layers.Dense) == [(2,)]


def test_the_decoder_of_the_thesis_mirrors_it(thesis):
    decoder = build_decoder(thesis, {})
    assert shapes(decoder, keras.layers.Dense) == [(3136,)]
    transposed = [(7, 7, 64), (14, 14, 64), (28, 28, 64), (28, 28, 1)]
    assert shapes(decoder, keras.layers.Conv2DTranspose) == transposed
    assert decoder.get_layer("log_magnitude").activation is keras.activations.sigmoid


def test_relu_comes_before_batch_normalisation(thesis):
    kinds = [type(layer).__name__ for layer in build_encoder(thesis, {}).layers]
    assert kinds[1:4] == ["Conv2D", "ReLU", "BatchNormalization"]


def test_the_same_builders_give_the_large_networks_of_the_thesis(thesis):
    encoder = build_encoder(thesis, {}, THESIS_LARGE)
    decoder = build_decoder(thesis, {}, THESIS_LARGE)
    assert (encoder.count_params(), decoder.count_params()) == (3_127_874, 4_662_721)
    assert decoder.output["log_magnitude"].shape[1:] == (692, 548, 1)


@pytest.mark.parametrize("family", ["residual", "thesis"])
@pytest.mark.parametrize("kind", ["autoencoder", "variational-autoencoder"])
def test_tensors_carry_the_agreed_names(family, kind, tiny):
    config = tiny(f"model.kind={kind}", family=family)
    encoder = build_encoder(config, {"digit": ["0", "1"]})
    decoder = build_decoder(config, {"digit": ["0", "1"]})
    z_log_var = {"z_log_var": (None, 3)} if kind == "variational-autoencoder" else {}
    assert {t.name: t.shape for t in encoder.inputs} == {"log_magnitude": (None, 16, 16, 1)}
    assert {n: t.shape for n, t in encoder.output.items()} == {
        "z_mean": (None, 3),
        "digit": (None, 2),
    } | z_log_var
    assert {t.name: t.shape for t in decoder.inputs} == {"z": (None, 3), "digit": (None, 2)}
    assert {n: t.shape for n, t in decoder.output.items()} == {"log_magnitude": (None, 16, 16, 1)}


@pytest.mark.parametrize("family", ["residual", "thesis"])
def test_a_label_changes_what_the_decoder_says(family, tiny):
    decoder = build_decoder(tiny(family=family), {"digit": ["0", "1"]})
    rng = np.random.default_rng(0)
    for weight in decoder.trainable_weights:  # the residual blocks start as the identity
        weight.assign(rng.normal(0, 0.3, weight.shape))
    z = np.zeros((1, 3), np.float32)
    said = [
        np.asarray(decoder({"z": z, "digit": np.eye(2, dtype=np.float32)[[i]]})["log_magnitude"])
        for i in range(2)
    ]
    assert np.abs(said[0] - said[1]).max() > 0


def test_a_picture_of_any_width_comes_back_as_wide(tiny):
    decoder = build_decoder(tiny("spectrogram.n_frames=15"), {})
    assert decoder.output["log_magnitude"].shape == (None, 16, 15, 1)


@pytest.mark.parametrize("strides", ["[2]", "[4, 2]"])
def test_a_decoder_that_ends_early_gives_the_first_frames_of_the_whole_one(strides, tiny):
    config = tiny(f"model.network.strides={strides}", "spectrogram.image_width=32")
    splits = load_splits(config)
    labels = {name: splits["train"].values[name] for name in config.conditions}
    whole = build_decoder(config, labels)
    rng = np.random.default_rng(0)
    whole.set_weights([rng.normal(0, 0.3, w.shape) for w in whole.get_weights()])
    point = {tensor.name: rng.standard_normal((1, *tensor.shape[1:]), np.float32) for tensor in whole.inputs}
    expected = np.asarray(whole(point)["log_magnitude"])
    for n_frames in (12, 24, 32):
        early = build_decoder(config, labels, n_frames=n_frames)
        early.set_weights(whole.get_weights())
        found = np.asarray(early(point)["log_magnitude"])
        assert found.shape == (1, 16, n_frames, 1)
        exact = n_frames - (4 if n_frames < 32 else 0)
        np.testing.assert_allclose(found[:, :, :exact], expected[:, :, :exact], atol=1e-5)
        if n_frames < 32:
            assert np.abs(found - expected[:, :, :n_frames]).max() > 1e-4


def test_the_encoder_tells_probabilities_and_a_bounded_variance(tiny):
    encoder = build_encoder(tiny(), {"digit": ["0", "1"], "speaker": ["0", "1", "2", "3", "4"]})
    for weight in encoder.weights:
        weight.assign(np.full(weight.shape, 3.0))
    posterior = {n: np.asarray(v) for n, v in encoder({"log_magnitude": np.ones((2, 16, 16, 1))}).items()}
    assert np.abs(posterior["z_log_var"]).max() <= LOG_VAR_LIMIT
    for name in ("digit", "speaker"):
        assert np.abs(posterior[name].sum(axis=1) - 1).max() < PROBABILITY_TOLERANCE


def test_z_is_drawn_in_training_alone(tiny):
    config = tiny("model.network.input_noise=0.0")
    splits = load_splits(config)
    model = build_model(config, splits["train"])
    for weight in model.decoder.trainable_weights:
        weight.assign(np.random.default_rng(0).normal(0, 0.3, weight.shape))
    batch = Batches(splits["train"], config, augment=True)[0][0]
    said: dict[bool, list[Any]] = {
        training: [np.asarray(model(batch, training=training)["reconstruction"]) for _ in range(2)]
        for training in (False, True)
    }
    assert (said[False][0] == said[False][1]).all()
    assert (said[True][0] != said[True][1]).any()
