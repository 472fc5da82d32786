"""Numbers as weights of the values of a label."""

import numpy as np
import pytest

from audio.scale import number_weights, weighted_number

VALUES = ("36", "37", "39", "48")
EXACT = 1e-6


@pytest.mark.parametrize(
    ("number", "weights"),
    [
        (36, [1, 0, 0, 0]),
        (36.25, [0.75, 0.25, 0, 0]),
        (38, [0, 0.5, 0.5, 0]),
        (48, [0, 0, 0, 1]),
        (20, [1, 0, 0, 0]),
        (60.5, [0, 0, 0, 1]),
    ],
)
def test_a_number_is_the_two_values_around_it_by_how_near_they_are(number, weights):
    assert np.abs(number_weights(number, VALUES) - weights).max() < EXACT


@pytest.mark.parametrize("number", [36, 36.4, 37.9, 45.5, 48])
def test_weights_mean_the_number_that_they_were_made_of(number):
    assert abs(weighted_number(number_weights(number, VALUES), VALUES) - number) < 1e-5


def test_a_label_of_one_value_has_all_weight_on_it():
    assert number_weights(50, ("60",)).tolist() == [1]


def test_another_opinion_far_away_does_not_move_the_number():
    octave_apart = np.array([0.4, 0.0, 0.0, 0.6])
    assert weighted_number(octave_apart, VALUES) == 48
