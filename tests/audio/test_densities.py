"""Log densities against scipy's of the whole covariances."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from audio.densities import LogDensities

TOLERANCE = 1e-3  # nats; a component's own part is computed in float32


@pytest.mark.parametrize("n_clips", [(1, 1, 1), (3, 5, 2), (40, 7, 12)])
@pytest.mark.parametrize("size", [0.1, 1.0, 30.0])
def test_log_densities_differ_as_those_of_the_whole_covariances(n_clips, size):
    rng = np.random.default_rng(5)
    means = rng.normal(size=(3, 12))
    spreads = [size * rng.normal(size=(n, 12)) for n in n_clips]
    root = rng.normal(size=(12, 12))
    shared = root @ root.T + 0.1 * np.eye(12)
    point = rng.normal(size=12)
    found = LogDensities(means, spreads, shared)(point)
    expected = [
        multivariate_normal.logpdf(point, mean, shared + spread.T @ spread)
        for mean, spread in zip(means, spreads, strict=True)
    ]
    np.testing.assert_allclose(found - found[0], np.array(expected) - expected[0], rtol=1e-5, atol=TOLERANCE)
