"""A recogniser: predicts the labels of a clip from its waveform.

It is trained on the real training clips only, is tested on real clips that it has not seen, and no
generator ever sees it or its gradients. Its convolutions run over time and frequency, unlike those
of the models' label heads, so that it does not fall for the same things. It takes waveforms:
what it is given of a model has been through the decoder and the phase, like what a listener gets.
"""

import hashlib
import json
import logging
import math
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig
from training.data.dataset import Dataset
from training.fit.augmentation import vary
from training.fit.disturbances import Disturbances
from training.fit.train import devices

log = logging.getLogger(__name__)

WINDOW_S = 0.032  # about that long; it listens through one transform, whatever the model's own is
VERSION = 2  # of the network and its training: raise it when they change, so that it is trained anew
HIGH_PASS_HZ = 30.0
FULL_BAND_HZ = (
    32_000  # sample rates from which on frames overlap by half alone: it has more bins to listen to
)
FEATURE_DIM = 64
N_STEPS = 1140  # of a few clips as of many
BATCH_SIZE = 64


def recogniser_spectrogram(spectrogram: SpectrogramConfig) -> SpectrogramConfig:
    """The transform that it listens through to clips of this rate and duration."""
    rate = spectrogram.sample_rate
    n_fft = 2 ** max(5, round(math.log2(WINDOW_S * rate)))
    hop_length = n_fft // (4 if rate < FULL_BAND_HZ else 2)
    n_frames = max(8, math.ceil(spectrogram.n_samples / hop_length))
    return SpectrogramConfig(
        sample_rate=rate,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=n_fft,
        n_frames=n_frames,
        high_pass_hz=HIGH_PASS_HZ,
    )


class Recognised(NamedTuple):
    """What the recogniser makes of clips."""

    probabilities: dict[str, NDArray[np.float32]]  # label name -> (n_clips, n_values), rows sum to 1
    features: NDArray[np.float32]  # (n_clips, FEATURE_DIM), of the last hidden layer


class Recogniser:
    """A small convolutional network over the log-magnitude of a waveform."""

    def __init__(self, network: keras.Model, spectrogram: SpectrogramConfig) -> None:
        self._network = network
        self._transform = SpectrogramTransform(spectrogram)

    def recognise(self, waveforms: list[NDArray[np.float32]]) -> Recognised:
        """The label probabilities of mono waveforms at the sample rate of the training clips."""
        fitted = [self._transform.fit_length(waveform)[0] for waveform in waveforms]
        return self.recognise_images(
            np.stack([self._transform.forward(w).log_magnitude for w in fitted])[..., None]
        )

    def recognise_images(self, images: NDArray[np.floating[Any]]) -> Recognised:
        """The same for spectrograms, (n_clips, n_bins, n_frames, 1)."""
        outputs = self._network.predict({"log_magnitude": images.astype(np.float32)}, 256, verbose=0)
        return Recognised(outputs, outputs.pop("features"))


def train_recogniser(
    data: Dataset, spectrogram: SpectrogramConfig, folder: Path, seed: int = 0
) -> Recogniser:
    """A recogniser of the labels of `data`; kept in `folder`, and trained only once for the same clips.

    Args:
        data: real training clips in that spectrogram, with labels.
        spectrogram: that of `recogniser_spectrogram`.
        folder: where the trained weights are kept.
        seed: of weights, order and augmentation.
    """
    keras.utils.set_random_seed(seed)
    network = _build(spectrogram, {name: len(values) for name, values in data.values.items()})
    known = json.dumps([VERSION, data.files, data.values, spectrogram.model_dump(), N_STEPS, seed])
    path = folder / f"recogniser-{hashlib.sha256(known.encode()).hexdigest()[:16]}.weights.h5"
    if path.exists():
        network.load_weights(path)
        return Recogniser(network, spectrogram)
    log.info("training the recogniser on %d real clips (%s)", len(data), devices())
    n_epochs = -(-N_STEPS // _n_steps(data))
    network.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(2e-3, n_epochs * _n_steps(data))),
        loss=dict.fromkeys(data.values, "categorical_crossentropy"),
    )
    network.fit(_Augmented(data, spectrogram, seed), epochs=n_epochs, verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    network.save_weights(path)
    return Recogniser(network, spectrogram)


def _build(spectrogram: SpectrogramConfig, labels: dict[str, int]) -> keras.Model:
    image = keras.Input((spectrogram.n_bins, spectrogram.n_frames, 1), name="log_magnitude")
    x = image
    for filters, stride in ((16, (4, 2)), (32, 2), (64, 2), (96, 2)):
        x = layers.Conv2D(filters, 5, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    over_time = layers.Reshape((-1, x.shape[2] * x.shape[3]))(layers.Permute((2, 1, 3))(x))
    mean = layers.GlobalAveragePooling1D()(over_time)
    loudest = layers.GlobalMaxPooling1D()(over_time)
    x = layers.Dropout(0.3)(layers.Concatenate()([mean, loudest]))
    features = layers.Dense(FEATURE_DIM, "tanh", name="features")(x)
    heads = {name: layers.Dense(n, "softmax", name=name)(features) for name, n in labels.items()}
    return keras.Model({"log_magnitude": image}, heads | {"features": features})


def _n_steps(data: Dataset) -> int:
    return -(-len(data) // BATCH_SIZE)


class _Augmented(keras.utils.PyDataset):
    """Shuffled batches of varied real clips with the truth about them."""

    def __init__(self, data: Dataset, spectrogram: SpectrogramConfig, seed: int) -> None:
        super().__init__()
        self._data = data
        self._rng = np.random.default_rng(seed)
        self._disturb = Disturbances(spectrogram, seed)
        self._order = self._rng.permutation(len(data))

    def __len__(self) -> int:
        return _n_steps(self._data)

    def __getitem__(self, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
        chosen = self._order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        images = np.stack(
            [self._disturb(vary(self._data.log_magnitude[i], self._rng), self._rng) for i in chosen]
        )
        truth = {
            name: np.eye(len(values), dtype=np.float32)[self._data.labels[name][chosen]]
            for name, values in self._data.values.items()
        }
        return {"log_magnitude": images}, truth

    def on_epoch_end(self) -> None:
        self._order = self._rng.permutation(len(self._data))
