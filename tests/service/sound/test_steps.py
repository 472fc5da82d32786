"""Work in steps, and what several works have decoded together."""

import numpy as np
import pytest

from service.contract.bodies import GenerateBody
from service.contract.queries import SampleQuery
from service.contract.tasks import EncodeTask, GenerateTask, SampleTask, decodes_points
from service.sound.autoencoder import Autoencoder
from service.sound.steps import (
    Decoding,
    computed_alone,
    decoded,
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


class UnevenSession:
    """A decoder of which a batch gives other bits than its rows, as a runtime is free to do."""

    def __init__(self, decoder):
        self._decoder, self.sizes = decoder, []

    def run(self, outputs, feed):
        (images,) = self._decoder.run(outputs, feed)
        self.sizes.append(len(images))
        return [images if len(images) == 1 else np.nextafter(images, np.float32(2))]


def test_where_a_batch_gives_other_bits_its_points_are_decoded_alone(store):
    model = store.get("voices")
    session = UnevenSession(model.autoencoder._decoder)
    uneven = Autoencoder(None, session, None, model.manifest)
    for _ in range(2):
        together = points(3)
        images = uneven.decode_together(together)
        for image, (z, labels) in zip(images, together, strict=True):
            assert np.array_equal(image, model.autoencoder.decode(z, labels))
    assert session.sizes.count(2) == 1  # compared once


def test_spectrograms_of_several_models_keep_the_order_they_are_asked_in(store):
    voices, plain = store.get("voices").autoencoder, store.get("plain").autoencoder
    first, second = points(2)
    z = np.full(4, 0.5, np.float32)
    wanted = [Decoding(voices, *first), Decoding(plain, z, {}), Decoding(voices, *second)]
    images = decoded(wanted)
    for one, image in zip(wanted, images, strict=True):
        assert np.array_equal(image, one.autoencoder.decode(one.z, one.labels))


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
