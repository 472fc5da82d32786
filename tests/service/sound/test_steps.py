"""Work in steps, and what several works have decoded together."""

import numpy as np
import pytest

from service.contract.bodies import GenerateBody
from service.contract.queries import SampleQuery
from service.contract.tasks import EncodeTask, GenerateTask, SampleTask, decodes_points
from service.sound.autoencoder import Autoencoder
from service.sound.steps import (
    Decoding,
    Together,
    computed_alone,
    in_steps,
    in_turn,
    next_step,
    spectrogram_of,
)

REFERENCE = "voices@2"


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


def test_what_waits_is_decoded_in_batches_of_one_model_when_the_first_in_it_goes_on(store):
    class Counting:
        def __init__(self, autoencoder):
            self._autoencoder, self.sizes = autoencoder, []

        def decode_together(self, points):
            self.sizes.append(len(points))
            return self._autoencoder.decode_together(points)

    voices, plain = (Counting(store.get(name).autoencoder) for name in ("voices", "plain"))
    z = np.full(4, 0.5, np.float32)
    wanted = [Decoding(voices, *point) for point in points(5)]
    wanted.insert(1, Decoding(plain, z, {}))
    together = Together(wanted)
    for n_decoded, one in zip([2, 3, 3, 5, 5, 6], wanted, strict=True):
        image = together.decoded(one)
        assert np.array_equal(image, one.autoencoder._autoencoder.decode(one.z, one.labels))
        assert sum(voices.sizes + plain.sizes) == n_decoded
    assert voices.sizes == [2, 2, 1]


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


def test_tasks_that_only_decode_points_are_computed_together():
    query = SampleQuery(seed=1, temperature=1.0)
    assert decodes_points(SampleTask(REFERENCE, query, "file"))
    assert decodes_points(GenerateTask(REFERENCE, GenerateBody(z=[0.0] * 4), "file"))
    summed = GenerateBody.model_validate({"z": {"terms": [{"weight": 1.0, "z": [0.0] * 4}]}})
    assert not decodes_points(GenerateTask(REFERENCE, summed, "file"))
    assert not decodes_points(EncodeTask(REFERENCE, b"", None))
