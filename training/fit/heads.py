"""The last layers of label heads that hear z, trained on alone.

They get what the encoder makes of the clips, which is computed a few times: an epoch takes a moment. Of
held-out notes, the nearest clip in z has the right instrument in 98.9 % of cases, heads without z in 37 %.
"""

import logging

import keras
import numpy as np
from numpy.typing import NDArray

from training.config import Config
from training.data.dataset import Dataset
from training.fit.batches import Batches
from training.networks.autoencoder import HEAD_INPUT, Autoencoder

Float32 = NDArray[np.float32]

log = logging.getLogger(__name__)

BATCH_SIZE, LEARNING_RATE = 64, 3e-3
N_ROUNDS = 3  # of the clips, clean and disturbed, transposed at random where the pitch is a label
SEMITONE = 0.0595  # as a share


def fit_heads(model: Autoencoder, config: Config, train: Dataset) -> None:
    """Trains the heads of a model over `fit.head_epochs`; its other weights stay as they are.

    Args:
        model: trained, of a config with head_epochs.
        config: its experiment.
        train: its training clips.
    """
    encoder, names = model.encoder, config.conditions
    features = encoder.get_layer(HEAD_INPUT).output
    listener = keras.Model(encoder.input, features)
    heads = keras.Model(features, {name: encoder.output[name] for name in names})
    fit = config.fit.model_copy(update={"max_transposition": max(config.fit.max_transposition, SEMITONE)})
    transposed = config.model_copy(update={"fit": fit}) if config.pitch_label else config
    batches = Batches(train, transposed, augment=True)
    inputs: list[Float32] = []
    truth: dict[str, list[Float32]] = {name: [] for name in names}
    for epoch in range(N_ROUNDS):
        batches.begin(epoch)
        for (batch,) in (batches[i] for i in range(len(batches))):
            for image in ("log_magnitude", "varied"):
                inputs.append(keras.ops.convert_to_numpy(listener({"log_magnitude": batch[image]})))
                for name in names:
                    truth[name].append(batch[name])
    n_epochs = config.fit.head_epochs
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, n_epochs * len(inputs))
    heads.compile(keras.optimizers.AdamW(rate), loss=dict.fromkeys(names, "categorical_crossentropy"))
    joined = {name: np.concatenate(rows) for name, rows in truth.items()}
    history = heads.fit(np.concatenate(inputs), joined, batch_size=BATCH_SIZE, epochs=n_epochs, verbose=0)
    log.info("label heads: loss %.3g after %d epochs", history.history["loss"][-1], n_epochs)
