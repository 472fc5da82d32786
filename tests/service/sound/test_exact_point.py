"""Numbers that give the same float32 again."""

import numpy as np

from service.sound.exact_point import exact
from service.sound.labels import normalised


def test_values_have_the_fewest_digits_that_give_the_same_float32_again():
    rng = np.random.default_rng(3)
    values = (rng.standard_normal(2000) * 10.0 ** rng.integers(-30, 30, 2000)).astype(np.float32)
    found = exact(values)
    assert np.array_equal(np.array(found, np.float32), values)
    assert [len(repr(number)) for number in found] == [len(repr(float(str(value)))) for value in values]


def test_values_that_do_not_lie_beside_each_other_in_memory_are_read_in_order():
    assert exact(np.arange(8, dtype=np.float32)[::3]) == [0.0, 3.0, 6.0]


def test_weights_that_are_told_and_read_again_are_the_same_bit_by_bit():
    rng = np.random.default_rng(0)
    for n_values in (2, 6, 10, 65):
        for weights in rng.dirichlet(np.full(n_values, 0.3), 300):
            once = normalised(weights)
            told = np.array([float(f"{weight:.9g}") for weight in once])
            assert np.array_equal(normalised(told), once)
