"""What several jobs of a worker need decoded at the same time."""

from collections.abc import Sequence

from service.sound.steps import Decoding, Float32

MAX_BATCH = 4  # points: more are hardly faster, and the first answer waits for all of them


class Together:
    """What several jobs wait for, decoded in batches: each when the first job in it goes on."""

    def __init__(self, wanted: Sequence[Decoding]) -> None:
        """Makes batches of those of one model, in their order."""
        self._batches: dict[int, list[Decoding]] = {}  # id of each -> the batch that it is in
        open_batches: dict[int, list[Decoding]] = {}
        for one in wanted:
            model = id(one.autoencoder)
            if len(open_batches.get(model, ())) in (0, MAX_BATCH):
                open_batches[model] = []
            open_batches[model].append(one)
            self._batches[id(one)] = open_batches[model]
        self._images: dict[int, Float32] = {}

    def decoded(self, one: Decoding) -> Float32:
        """The spectrogram of one of them. An error of its batch is only raised if it has it alone."""
        if id(one) not in self._images:
            batch = self._batches[id(one)]
            try:
                images = one.autoencoder.decode_together([(each.z, each.labels) for each in batch])
            except Exception:  # whatever it is, it belongs to those alone that cause it
                if len(batch) == 1:
                    raise
                self._batches |= {id(each): [each] for each in batch}
                return self.decoded(one)
            self._images |= zip(map(id, batch), images, strict=True)
        return self._images.pop(id(one))
