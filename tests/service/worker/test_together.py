"""What several jobs wait for is decoded in batches."""

import pytest

from service.sound.steps import Decoding
from service.worker.together import Together

BROKEN = 13


class Adding:
    """In place of a decoder: adds a number, and remembers what it was given at a time."""

    def __init__(self, added):
        self._added, self.batches = added, []

    def decode_together(self, points):
        self.batches.append([z for z, _ in points])
        if BROKEN in self.batches[-1]:
            raise OSError("broken")
        return [self._added + z for z, _ in points]

    def decode(self, z, labels):
        return self.decode_together([(z, labels)])[0]


def test_each_batch_has_points_of_one_model_and_is_decoded_when_the_first_of_them_goes_on():
    voices, plain = Adding(100), Adding(200)
    wanted = [Decoding(voices if z != 1 else plain, z, {}) for z in range(8)]
    together = Together(wanted)
    n_decoded = []
    for z, one in enumerate(wanted):
        assert together.decoded(one) == z + (200 if z == 1 else 100)
        n_decoded.append(sum(map(len, voices.batches + plain.batches)))
    assert voices.batches == [[0, 2, 3, 4], [5, 6, 7]]
    assert plain.batches == [[1]]
    assert n_decoded == [4, 5, 5, 5, 5, 8, 8, 8]


def test_an_error_is_raised_for_that_point_alone_which_has_it():
    decoder = Adding(100)
    wanted = [Decoding(decoder, z, {}) for z in (1, BROKEN)]
    together = Together(wanted)
    assert together.decoded(wanted[0]) == 101
    with pytest.raises(OSError, match="broken"):
        together.decoded(wanted[1])
    assert decoder.batches == [[1, BROKEN], [1], [BROKEN]]
