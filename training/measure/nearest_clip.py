"""A recogniser without training: the labels of the training clips whose timbre is nearest.

Timbre is the mel cepstrum of a few parts of the window, from the onset on. No generator is trained with
it. Of 240 held-out notes of 65 instruments it reads the instrument of 96 % (`real.instrument.accuracy` of
`tones` 3); the network that reads digits (`recogniser`), trained as long on these notes, read 51 %.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import scipy.fft
from librosa.filters import mel
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from training.data.dataset import Dataset
from training.measure.recogniser import Recognised

Float32 = NDArray[np.float32]

N_MELS, N_CEPSTRA = 64, 24  # at most
PARTS = (0.0, 0.05, 0.15, 0.45, 0.75, 1.0)  # of the window, between which means are taken
LEAST_POWER = 1e-6  # of the loudest band
LEAST_DEVIATION = 0.1  # of a cepstrum: what hardly varies between training clips is not magnified
N_NEAREST = 3  # of which the nearest counts most


class NearestClip:
    """Recognises labels as those of the nearest training clips.

    The nearest clip is nearest in the cepstra as they are, where what varies more counts more. Sets are
    compared in features: the same cepstra, each with mean 0 and deviation 1 over the training clips. The
    kernel of the kernel distance is the cube of a product of features. Of plain cepstra it is about the few
    largest alone, and the distance of two halves of the training clips is then as far from 0 as 60,000
    (585 drums), against 0.04 in these features, in which noise is at 18.

    Attributes:
        known: the features of the training clips, float32 of shape (n_clips, n_features).
    """

    def __init__(self, clips: Dataset, transform: SpectrogramTransform, labels: Sequence[str]) -> None:
        """Computes the timbre of the clips.

        Args:
            clips: real training clips, in the spectrogram of the transform, which is not resized.
            transform: what sounds pass through.
            labels: which labels are recognised; without any, sounds have features alone.
        """
        config = transform.config
        self._transform = transform
        self._bank = mel(
            sr=config.sample_rate, n_fft=config.n_fft, n_mels=min(N_MELS, config.n_bins // 3)
        ).astype(np.float32)
        self._values = {name: len(clips.values[name]) for name in labels}
        self._labels: Mapping[str, NDArray[np.int32]] = {name: clips.labels[name] for name in labels}
        self._timbres = np.stack([self._timbre(image[..., 0]) for image in clips.log_magnitude])
        self._mean = self._timbres.mean(axis=0)
        self._scale = np.maximum(self._timbres.std(axis=0), LEAST_DEVIATION)
        self.known = self._features(self._timbres)

    def recognise(self, waveforms: Sequence[Float32]) -> Recognised:
        """The label probabilities of waveforms by their nearest clips, and their features.

        Args:
            waveforms: float32 of shape (any,) each, at the sample rate of the transform.

        Returns:
            name -> float32 of shape (n_sounds, n_values), whose rows sum to 1; features are float32 of shape
            (n_sounds, n_features).
        """
        fitted = [self._transform.fit_length(waveform)[0] for waveform in waveforms]
        timbres = np.stack([self._timbre(self._transform.forward(w).log_magnitude) for w in fitted])
        squared = np.square(self._timbres).sum(axis=1) - 2 * timbres @ self._timbres.T  # but for a constant
        nearest = squared.argsort(axis=1)[:, :N_NEAREST]
        weights = 0.5 ** np.arange(nearest.shape[1])
        probabilities = {}
        for name, n_values in self._values.items():
            one_hot = np.eye(n_values, dtype=np.float32)[self._labels[name][nearest]]
            probabilities[name] = np.tensordot(one_hot, weights / weights.sum(), (1, 0)).astype(np.float32)
        return Recognised(probabilities, self._features(timbres))

    def _features(self, timbres: Float32) -> Float32:
        return np.asarray((timbres - self._mean) / self._scale, np.float32)

    def _timbre(self, image: NDArray[np.floating]) -> Float32:
        """The cepstra of the parts of a log-magnitude, (n_bins, n_frames), [0, 1]: (n_parts * N_CEPSTRA,)."""
        decibels = self._transform.config.floor_db * (1 - image.astype(np.float32))
        power = self._bank @ 10 ** (decibels / 10)
        bands = np.log(np.maximum(power / max(float(power.max()), LEAST_POWER), LEAST_POWER))
        edges = [round(part * image.shape[1]) for part in PARTS]
        parts = [bands[:, start:stop].mean(axis=1) for start, stop in pairwise(edges)]
        return np.asarray(scipy.fft.dct(np.stack(parts), norm="ortho", axis=1)[:, :N_CEPSTRA].ravel())
