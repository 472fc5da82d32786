"""basic-pitch, the second evaluator of pitch: its ONNX network without its package.

The package asks for a TensorFlow that is older than ours, so it is installed without its dependencies and is
never imported (docs/decisions/0040).
"""

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from training.exported import Float32, OnnxNetwork
from training.measure.evaluators import LEAST_SURE, SURE, as_loud

NETWORK = "basic_pitch/saved_models/icassp_2022/nmp.onnx"
SOUND, NOTES, CONTOURS = (
    "serving_default_input_2:0",  # (n, N_SAMPLES, 1)
    "StatefulPartitionedCall:1",  # (n, n_frames, 88), the piano's keys
    "StatefulPartitionedCall:0",  # (n, n_frames, 264)
)
RATE_HZ, N_SAMPLES = 22_050, 43_844
BATCH_SIZE = 8
LOWEST_NOTE = 21
BINS = 3  # of a contour for each semitone, the second one in tune
AROUND = 2  # bins on each side


class BasicPitchEvaluator:
    """basic-pitch: the pitch of a note in its first 1.99 s.

    Source: Bittner et al. 2022.
    """

    def __init__(self) -> None:
        path = importlib.metadata.distribution("basic-pitch").locate_file(NETWORK)
        self._network = OnnxNetwork(Path(str(path)), n_threads=1)

    def recognise(self, waveforms: Sequence[Float32], sample_rate: int) -> NDArray[np.float64]:
        """The MIDI note of each sound, float64 of shape (n_sounds,), where the network is surest of a note.

        Args:
            waveforms: float32 of shape (n_samples,) each, at any level.
            sample_rate: Hz.
        """
        windows = np.stack([_window(waveform, sample_rate) for waveform in waveforms])[..., None]
        found = self._network({SOUND: windows}, BATCH_SIZE)
        return np.array([note_in(*each) for each in zip(found[NOTES], found[CONTOURS], strict=True)])


def note_in(notes: Float32, contours: Float32) -> float:
    """The MIDI note of a sound: the likeliest semitone, and where the contour's peak lies around it.

    Args:
        notes: float32 of shape (n_frames, 88), probabilities of the semitones.
        contours: float32 of shape (n_frames, 264), probabilities of the thirds of semitones.
    """
    surest = notes.max(axis=1)
    sounding = surest >= min(SURE, float(np.quantile(surest, LEAST_SURE)))
    contour = contours[sounding].mean(axis=0)
    near = _around(BINS * int(notes[sounding].mean(axis=0).argmax()) + 1, contour.size)
    summit = _around(int(near[contour[near].argmax()]), contour.size)
    place = np.average(summit, weights=np.square(contour[summit]))
    return float(LOWEST_NOTE + (place - 1) / BINS)


def _around(centre: int, n_bins: int) -> NDArray[np.intp]:
    return np.arange(max(0, centre - AROUND), min(n_bins, centre + AROUND + 1))


def _window(waveform: Float32, sample_rate: int) -> Float32:
    sound = soxr.resample(as_loud(waveform), sample_rate, RATE_HZ)[:N_SAMPLES]
    return np.pad(sound, (0, N_SAMPLES - sound.size))
