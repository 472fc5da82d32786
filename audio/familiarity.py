"""How familiar a clip is to a model: how near its replica comes to it."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

LOUD_FROM = 0.4  # of the spectrogram's range: what lies under it hardly counts in a sound


def replica_distance_db(clip: Float32, replica: Float32, floor_db: float) -> Float32:
    """The mean absolute difference of clips and replicas over their loud cells in dB, shape (n_clips,).

    A cell weighs as much as it rises over LOUD_FROM in either of them. A model replicates sounds like its
    training clips well and others badly: the distance separates them better than the place of z does.

    Args:
        clip: float32 of shape (n_clips, height, width), [0, 1].
        replica: of the same shape, [0, 1].
        floor_db: dB under the peak that read 0.
    """
    weight = np.maximum(np.maximum(clip, replica) - LOUD_FROM, 0)
    total = np.sum(weight, axis=(1, 2))
    difference = np.sum(weight * np.abs(clip - replica), axis=(1, 2))
    return np.asarray(-floor_db * difference / np.maximum(total, np.finfo(np.float32).tiny), np.float32)
