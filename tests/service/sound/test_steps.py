"""Work in steps, and the points that it has decoded, alone or together."""

import numpy as np
import pytest

from service.sound.autoencoder import Autoencoder
from service.sound.steps import (
    Decoding,
    computed_alone,
    in_steps,
    in_turn,
    next_step,
    spectrogram_of,
)


@pytest.fixture
def autoencoder(store):
    return store.get("voices").autoencoder


def points(n):
    rng = np.random.default_rng(n)
    labels = {name: np.eye(n_values, dtype=np.float32) for name, n_values in (("digit", 3), ("speaker", 2))}
    return [
        (
            rng.normal(size=4).astype(np.float32),
            {name: rows[rng.integers(len(rows))] for name, rows in labels.items()},
        )
        for _ in range(n)
    ]


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_points_that_are_decoded_together_get_the_bits_they_get_alone(autoencoder, n):
    for _ in range(2):  # the first batch of a size is compared, the second one is not
        together = points(n)
        images = autoencoder.decode_together(together)
        assert len(images) == n
        for image, (z, labels) in zip(images, together, strict=True):
            assert np.array_equal(image, autoencoder.decode(z, labels))


class CountingSession:
    """A decoder that notes the sizes of its batches; a runtime is free to give batches other bits."""

    def __init__(self, decoder, exact):
        self._decoder, self._exact, self.sizes = decoder, exact, []

    def run(self, outputs, feed):
        (images,) = self._decoder.run(outputs, feed)
        self.sizes.append(len(images))
        return [images if self._exact or len(images) == 1 else np.nextafter(images, np.float32(2))]


@pytest.mark.parametrize(("exact", "sizes"), [(True, [1, 1, 2, 2, 2]), (False, [1, 1, 2, 1, 1, 1, 1])])
def test_points_are_decoded_in_batches_unless_the_first_one_has_other_bits(store, exact, sizes):
    model = store.get("voices")
    session = CountingSession(model.autoencoder._decoder, exact)
    counted = Autoencoder(None, session, None, model.manifest)
    for _ in range(3):
        together = points(2)
        images = counted.decode_together(together)
        for image, (z, labels) in zip(images, together, strict=True):
            assert np.array_equal(image, model.autoencoder.decode(z, labels))
    assert session.sizes == sizes


def test_a_step_ends_between_two_works_and_not_at_what_they_have_decoded(autoencoder):
    def sound(point):
        return (yield from spectrogram_of(Decoding(autoencoder, *point)))

    both = points(2)
    work = in_turn(sound(point) for point in both)
    next_step(work)
    with pytest.raises(StopIteration) as end:
        next_step(work)
    for image, (z, labels) in zip(end.value.value, both, strict=True):
        assert np.array_equal(image, autoencoder.decode(z, labels))


def test_works_are_computed_alone_to_their_end():
    assert computed_alone(in_steps(lambda x: 2 * x, [1, 2, 3])) == [2, 4, 6]
    assert computed_alone(in_turn([])) == []
