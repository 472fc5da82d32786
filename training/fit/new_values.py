"""New values of label heads that hear z as well: what the heads make of the known values stays as it is."""

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from training.config import Config
from training.data.dataset import Dataset
from training.fit.batches import Batches
from training.networks.autoencoder import Autoencoder
from training.networks.growth import Values

Float64 = NDArray[np.float64]

RIDGE = 1e-4  # on the squared weights: ten clips could be separated by arbitrarily large ones


def fit_new_values(model: Autoencoder, config: Config, clips: Dataset, known: Values) -> None:
    """Gives the heads the weights of their new values; all other weights of the encoder stay.

    The odds of a new value against all known ones are a logistic regression on what the last layer gets.

    Args:
        model: the heads of its encoder have an output for each new value.
        config: its experiment.
        clips: of new and of known values, augmented here.
        known: label name -> the values that the heads know.
    """
    encoder = model.encoder
    batches = Batches(clips, config, augment=True)
    shown = [batch for (batch,) in (batches[i] for i in range(len(batches)))]
    images = [batch[image] for batch in shown for image in ("log_magnitude", "varied")]
    for name, values in known.items():
        if len(model.labels[name]) == len(values):
            continue
        head = encoder.get_layer(name)
        features_of = keras.Model(encoder.input, head.input)
        features = np.concatenate([features_of.predict_on_batch({"log_magnitude": i}) for i in images])
        truth = np.concatenate([batch[name] for batch in shown for _ in range(2)])
        kernel, bias = head.get_weights()
        against = logsumexp(features @ kernel[:, : len(values)] + bias[: len(values)], axis=1)
        for new in range(len(values), len(model.labels[name])):
            weights = fitted_weights(features.astype(np.float64), against, truth[:, new])
            kernel[:, new], bias[new] = weights[:-1], weights[-1]
        head.set_weights([kernel, bias])


def fitted_weights(features: Float64, against: Float64, truth: NDArray[np.floating]) -> Float64:
    """The weights, (n_features + 1,), of which the last is the bias.

    Args:
        features: (n_clips, n_features).
        against: (n_clips,), subtracted from what the weights give.
        truth: (n_clips,), 1 for clips of the value, 0 for others.
    """
    inputs = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    ridge = np.append(np.full(features.shape[1], RIDGE), 0.0)

    def loss(weights: Float64) -> tuple[float, Float64]:
        logits = inputs @ weights - against
        cost = np.logaddexp(0, logits) - truth * logits
        slope = inputs.T @ (expit(logits) - truth) / len(inputs)
        return float(cost.mean() + ridge @ weights**2), slope + 2 * ridge * weights

    start = np.append(np.zeros(features.shape[1]), against.mean())
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)
