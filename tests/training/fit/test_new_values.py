"""A label head learns a new value as a logistic regression against all known ones."""

import numpy as np
from scipy.special import expit

from training.fit.new_values import fitted_weights

N_CLIPS, N_FEATURES = 200, 8
SURE, UNSURE = 0.9, 0.1


def test_clips_of_the_new_value_are_separated_from_others_whatever_the_known_values_get():
    rng = np.random.default_rng(0)
    truth = (rng.random(N_CLIPS) < 0.3).astype(float)
    features = rng.normal(size=(N_CLIPS, N_FEATURES)) + 3 * truth[:, None]
    against = rng.normal(5, 2, N_CLIPS)
    weights = fitted_weights(features, against, truth)
    probability = expit(features @ weights[:-1] + weights[-1] - against)
    assert probability[truth == 1].mean() > SURE
    assert probability[truth == 0].mean() < UNSURE


def test_clips_that_do_not_differ_get_the_share_of_the_value():
    truth = np.arange(N_CLIPS) % 4 == 0
    weights = fitted_weights(np.ones((N_CLIPS, N_FEATURES)), np.zeros(N_CLIPS), truth.astype(float))
    assert abs(expit(weights[:-1].sum() + weights[-1]) - 0.25) < 0.01
