"""Encoders, decoders and the model that trains them, from top to bottom.

Two families. The thesis' network treats the spectrogram as an image. The residual network treats it as a
sequence of spectra: convolutions run over time, the frequency bins are channels.

Both give graphs with named tensors: `log_magnitude` -> `z_mean`, `z_log_var`, one per label;
`z` and one per label -> `log_magnitude`. No graph contains random numbers: sampling is the caller's.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import keras
from keras import layers, ops

from training.config import Config
from training.config_model import ResidualNetwork, ThesisNetwork
from training.networks.losses import kl_divergence, label_loss, reconstruction_loss
from training.networks.numbers import bumps, harmonics, number_of

Tensor = Any
Labels = Mapping[str, Sequence[str]]  # label name -> its values

LABEL_CONVOLUTIONS = ((96, 2), (128, 2), (128, 2), (160, 1))  # filters and stride of each
LABEL_DROPOUT = 0.3
HEAD_INPUT, HEAD_WIDTH, HEAD_NOISE = "head_input", 256, 0.3  # of heads that hear z as well
LOG_VAR_LIMIT = 8.0  # tanh-bounded: exp() of it neither overflows nor vanishes in float16


def build_encoder(
    config: Config, labels: Labels, input_shape: tuple[int, int, int] | None = None
) -> keras.Model:
    """The encoder: {log_magnitude} -> {z_mean, z_log_var of a VAE, one softmax per label}.

    Args:
        config: the experiment.
        labels: the labels that it predicts.
        input_shape: (height, width, channels); default those of the config.
    """
    shape = input_shape or (*config.spectrogram.image_shape, 1)
    image = keras.Input(shape, name="log_magnitude")
    network = config.model.network
    features = (
        _thesis_features(image, network)
        if isinstance(network, ThesisNetwork)
        else _residual_features(image, network)
    )
    z_mean = _dense(config.model.latent_dim, "z_mean")(features)
    outputs = {"z_mean": z_mean}
    if config.model.kind == "variational-autoencoder":
        raw = _dense(config.model.latent_dim, "z_log_var_raw")(features)
        bounded = layers.Activation("tanh", dtype="float32")(raw)
        outputs["z_log_var"] = layers.Rescaling(LOG_VAR_LIMIT, name="z_log_var", dtype="float32")(bounded)
    if labels:
        heard = _label_features(image)
        if config.fit.head_epochs:
            heard = _with_latent(heard, z_mean)
        for name, values in labels.items():
            outputs[name] = layers.Dense(len(values), "softmax", name=name, dtype="float32")(heard)
    return keras.Model({"log_magnitude": image}, outputs, name="encoder")


def build_decoder(
    config: Config,
    labels: Labels,
    input_shape: tuple[int, int, int] | None = None,
    n_frames: int | None = None,
) -> keras.Model:
    """The decoder: {z, one tensor per label} -> {log_magnitude}.

    Args:
        config: the experiment.
        labels: the labels that steer it.
        input_shape: of the encoder that it mirrors; default those of the config.
        n_frames: where the last and costliest stage of a residual network ends, a multiple of its stride;
            default the whole window. It decodes one clip then, and its last four frames are not exact.
    """
    shape = input_shape or (*config.spectrogram.image_shape, 1)
    z = keras.Input((config.model.latent_dim,), name="z")
    conditions = {name: keras.Input((len(values),), name=name) for name, values in labels.items()}
    numbers = {
        name: number_of(conditions[name], labels[name]) for name in labels if name in config.data.numbers
    }
    lines = None
    if pitch := config.pitch_label:
        lines = harmonics(conditions[pitch], labels[pitch], config.spectrogram)
    encoded = conditions | {name: bumps(number, labels[name]) for name, number in numbers.items()}
    what = layers.Concatenate()([z, *encoded.values()]) if encoded else z
    network = config.model.network
    image = (
        _thesis_image(what, network, shape)
        if isinstance(network, ThesisNetwork)
        else _residual_image(what, network, shape, lines, n_frames)
    )
    output = layers.Activation("sigmoid", name="log_magnitude", dtype="float32")(image)
    return keras.Model({"z": z} | conditions, {"log_magnitude": output}, name="decoder")


def _thesis_features(x: Tensor, network: ThesisNetwork) -> Tensor:
    for i, (filters, stride) in enumerate(zip(network.filters, network.strides, strict=True), 1):
        x = layers.Conv2D(filters, 3, strides=stride, padding="same", name=f"conv_{i}")(x)
        x = layers.ReLU()(x)
        x = layers.BatchNormalization()(x)
    return layers.Flatten()(x)


def _thesis_image(what: Tensor, network: ThesisNetwork, shape: tuple[int, int, int]) -> Tensor:
    smallest = [-(-side // prod(network.strides)) for side in shape[:2]]
    *hidden, first = list(zip(network.filters, network.strides, strict=True))[::-1]
    x = layers.Dense(prod(smallest) * network.filters[-1])(what)
    x = layers.Reshape((*smallest, network.filters[-1]))(x)
    for filters, stride in hidden:
        x = layers.Conv2DTranspose(filters, 3, strides=stride, padding="same")(x)
        x = layers.ReLU()(x)
        x = layers.BatchNormalization()(x)
    return layers.Conv2DTranspose(1, 3, strides=first[1], padding="same")(x)


def _residual_features(image: Tensor, network: ResidualNetwork) -> Tensor:
    height, width, _ = image.shape[1:]
    noisy = layers.GaussianNoise(network.input_noise)(image)  # in training alone
    x = layers.Permute((2, 1))(layers.Reshape((height, width))(noisy))  # (time, bins)
    x = layers.Conv1D(network.encoder_width, 5, padding="same")(x)
    for stride in network.strides:
        x = layers.Conv1D(network.encoder_width, 2 * stride, strides=stride, padding="same")(_silu(x))
        for _ in range(network.n_blocks):
            x = _block(x, network.encoder_width)
    return layers.Flatten()(_silu(x))


def _label_features(image: Tensor) -> Tensor:
    """The features of the label heads: every channel's mean and maximum over time."""
    height, width, _ = image.shape[1:]
    x = layers.Permute((2, 1))(layers.Reshape((height, width))(image))  # (time, bins)
    for filters, stride in LABEL_CONVOLUTIONS:
        x = layers.Conv1D(filters, 5, strides=stride, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
    both = [layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)]
    return layers.Dropout(LABEL_DROPOUT)(layers.Concatenate()(both))


def _with_latent(heard: Tensor, z_mean: Tensor) -> Tensor:
    """The features of label heads that hear z as well, which they do not shape."""
    x = layers.Concatenate(name=HEAD_INPUT, dtype="float32")([heard, ops.stop_gradient(z_mean)])
    x = layers.GaussianNoise(HEAD_NOISE)(layers.BatchNormalization(dtype="float32")(x))
    x = layers.Dense(HEAD_WIDTH, "silu", name="head", dtype="float32")(x)
    return layers.Dropout(LABEL_DROPOUT)(x)


def _residual_image(
    what: Tensor,
    network: ResidualNetwork,
    shape: tuple[int, int, int],
    lines: Tensor | None,
    n_frames: int | None,
) -> Tensor:
    height, width, _ = shape
    n_steps = -(-width // prod(network.strides))
    channels = network.decoder_width
    steer = layers.Dense(network.condition_dim, "silu")(what)
    x = layers.Reshape((n_steps, channels))(layers.Dense(n_steps * channels)(what))  # (time, channels)
    for i, stride in enumerate(network.strides[::-1], 1):
        for _ in range(network.n_blocks):
            x = _block(x, channels, steer)
        if n_frames and i == len(network.strides):
            x = ops.slice(x, (0, 0, 0), (1, n_frames // stride, channels))
        x = layers.UpSampling1D(stride)(x)
        x = layers.Conv1D(channels, 3, padding="same")(x)
    features = _silu(_block(x, channels, steer))
    x = layers.Conv1D(height, 3, padding="same")(features)  # (time, bins)
    if lines is not None:
        envelope = layers.Conv1D(lines.shape[1], 3, padding="same")(features)  # (time, bands)
        x = x + ops.matmul(envelope, ops.cast(lines, envelope.dtype))
    width = n_frames or width
    if x.shape[1] > width:
        x = ops.split(x, [width], axis=1)[0]
    return layers.Reshape((height, width, 1))(layers.Permute((2, 1))(x))


def _block(x: Tensor, channels: int, steer: Tensor | None = None) -> Tensor:
    """A residual block; `steer` scales and shifts its inner channels (FiLM, Perez et al. 2018)."""
    y = layers.Conv1D(channels, 3, padding="same")(_silu(x))
    if steer is not None:
        scale = layers.Reshape((1, channels))(layers.Dense(channels)(steer))
        shift = layers.Reshape((1, channels))(layers.Dense(channels)(steer))
        y = shift + y * (1.0 + scale)  # a last term would be a bias, whose gradient has no ONNX form
    y = layers.Conv1D(channels, 3, padding="same", kernel_initializer="zeros")(_silu(y))
    return x + y  # the zeros make it the identity at the start: no normalisation is needed


def _silu(x: Tensor) -> Tensor:
    return layers.Activation("silu")(x)


def _dense(units: int, name: str) -> layers.Dense:
    return layers.Dense(units, name=name, dtype="float32")


class Autoencoder(keras.Model):
    """Encoder and decoder trained together: an autoencoder or a variational one, by the config.

    Takes {log_magnitude, one one-hot tensor per label}; labels steer the decoder with their truth, the
    label heads of the encoder learn from `varied`, the clips varied and disturbed.
    """

    def __init__(self, config: Config, labels: Labels) -> None:
        super().__init__(name=config.name.replace("-", "_"))
        self.config = config
        self.labels = labels
        self.encoder = build_encoder(config, labels)
        self.decoder = build_decoder(config, labels)
        self.noise = keras.random.SeedGenerator(config.seed)
        self.beta = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(config.model.beta),
            trainable=False,
            name="beta",
            dtype="float32",
        )
        self.trackers = {n: keras.metrics.Mean(n) for n in ("reconstruction", "kl", *labels)}

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """The encoder's outputs and `reconstruction`; z is sampled in training, z_mean otherwise."""
        posterior: dict[str, Tensor] = self.encoder(
            {"log_magnitude": inputs["log_magnitude"]}, training=training
        )
        if training and self.labels:
            heard = self.encoder({"log_magnitude": inputs["varied"]}, training=True)
            posterior = posterior | {name: heard[name] for name in self.labels}
        z = posterior["z_mean"]
        if training and "z_log_var" in posterior:
            noise = keras.random.normal(ops.shape(z), seed=self.noise)
            z = z + noise * ops.exp(0.5 * posterior["z_log_var"])
        steering = {name: inputs[name] for name in self.labels}
        decoded = self.decoder({"z": z} | steering, training=training)
        return posterior | {"reconstruction": decoded["log_magnitude"]}

    def compute_loss(
        self,
        x: dict[str, Tensor],
        y: Tensor,
        y_pred: dict[str, Tensor],
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Reconstruction + beta * KL + label_weight * cross-entropies, means over the batch."""
        del y, sample_weight
        model = self.config.model
        terms = {
            "reconstruction": reconstruction_loss(
                x["log_magnitude"], y_pred["reconstruction"], model.loss, self.config.spectrogram
            )
        }
        total = terms["reconstruction"]
        if "z_log_var" in y_pred:
            terms["kl"] = ops.mean(kl_divergence(y_pred["z_mean"], y_pred["z_log_var"]))
            beta = self.beta if training else model.beta  # epochs of the warm-up stay comparable
            total = total + beta * terms["kl"]
        for name in self.labels:
            terms[name] = label_loss(x[name], y_pred[name])
            total = total + model.label_weight * terms[name]
        for name, term in terms.items():
            self.trackers[name].update_state(term)
        return total
