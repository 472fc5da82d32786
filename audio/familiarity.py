"""How familiar a clip is to a model: how near its replica comes to it."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

LOUD_FROM = 0.5  # of the spectrogram's range


def replica_distance_db(clip: Float32, replica: Float32, floor_db: float) -> Float32:
    """The mean absolute difference of clips and replicas over the cells loud in both in dB, shape (n_clips,).

    A cell weighs as much as it rises over LOUD_FROM in the softer of the two. So hum or a band that only one
    of them has counts for little, and the voice for much. A model replicates sounds like its training clips
    well and others badly: the distance separates them better than the place of z does.

    Args:
        clip: float32 of shape (n_clips, height, width), [0, 1].
        replica: of the same shape, [0, 1].
        floor_db: dB under the peak that read 0; without a cell loud in both, the distance is as large.
    """
    weight = np.maximum(np.minimum(clip, replica) - LOUD_FROM, 0)
    total = np.sum(weight, axis=(1, 2))
    difference = np.sum(weight * np.abs(clip - replica), axis=(1, 2))
    mean = np.divide(difference, total, out=np.ones_like(total), where=total > 0)
    return np.asarray(-floor_db * mean, np.float32)
