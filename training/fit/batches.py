"""What one training step sees: batches, shuffled each epoch."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from audio.scale import number_weights, numbers_of
from training.config import Config
from training.data.dataset import Dataset
from training.fit.augmentation import MAX_PITCH, layered, recoloured, stretch, vary
from training.fit.disturbances import Disturbances

RECOLOURED = 0.7  # share of the clips that get another tone, where the config asks for it
SOFTER_DB = (3.0, 24.0)  # by how much the second of two layered sounds is softer
TIMBRE = 1  # of its own random numbers


class Batches(keras.utils.PyDataset):
    """Shuffled batches of {log_magnitude, one-hot labels}, each clip shifted right, half of them stretched.

    Where labels are learnt, `varied` is what their heads get: the clips varied and disturbed.
    All that is random in epoch e depends on (seed, e) alone.
    """

    def __init__(self, data: Dataset, config: Config, *, augment: bool) -> None:
        super().__init__()
        self._data, self._config, self._augment = data, config, augment
        self._disturb = Disturbances(config.spectrogram) if augment and config.conditions else None
        self.begin(0)

    def __len__(self) -> int:
        return -(-len(self._data) // self._config.fit.batch_size)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray[Any, Any]]]:
        size = self._config.fit.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        images = self._data.log_magnitude[chosen].astype(np.float32)
        if self._augment:
            for i, clip in enumerate(chosen):
                if self._stretched[clip]:
                    images[i] = stretch(images[i], self._paces[clip], self._pitches[clip])
            self._change_timbre(images, index)
            for image, n_frames in zip(images, self._shifts[chosen], strict=True):
                if n_frames:
                    image[:, n_frames:] = image[:, :-n_frames].copy()
                    image[:, :n_frames] = 0
        batch = {"log_magnitude": images}
        if self._disturb:
            rng = np.random.default_rng([self._config.seed, self._epoch, index])
            max_pitch = 0.0 if self._config.pitch_label else MAX_PITCH
            batch["varied"] = np.stack([self._disturb(vary(image, rng, max_pitch), rng) for image in images])
        for name in self._config.conditions:
            batch[name] = self._label(name, chosen)
        return (batch,)

    def _change_timbre(self, images: NDArray[np.float32], index: int) -> None:
        """Lets a share of the clips sound with a softer one, and gives most another tone and decay."""
        fit, range_db = self._config.fit, -self._config.spectrogram.floor_db
        rng = np.random.default_rng([self._config.seed, self._epoch, index, TIMBRE])
        for i in range(len(images)):
            if rng.random() < fit.layered:
                other = self._data.log_magnitude[rng.integers(len(self._data))]
                softer = other.astype(np.float32) - rng.uniform(*SOFTER_DB) / range_db
                images[i] = layered(images[i], softer, range_db)
            if rng.random() < RECOLOURED and fit.max_tone_db:
                images[i] = recoloured(images[i], rng, fit.max_tone_db / range_db)

    def _label(self, name: str, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
        """The weights of a label's values, (n_clips, n_values); a pitch is that of the transposed clip."""
        values, indices = self._data.values[name], self._data.labels[name][chosen]
        if name != self._config.pitch_label:
            return np.eye(len(values), dtype=np.float32)[indices]
        notes = numbers_of(values)[indices]
        if self._data.cents is not None:
            notes += self._data.cents[chosen] / 100
        if self._augment:
            notes -= 12 * np.log2(np.where(self._stretched, self._pitches, 1.0)[chosen])
        return np.stack([number_weights(note, values) for note in notes])

    def begin(self, epoch: int) -> None:
        """Chooses order, shifts and stretches of an epoch, the first one after a resume included."""
        self._epoch = epoch
        if not self._augment:
            self._order = np.arange(len(self._data))
            return
        fit, n_clips = self._config.fit, len(self._data)
        rng = np.random.default_rng([self._config.seed, self._epoch])
        self._order = rng.permutation(n_clips)
        self._shifts = rng.integers(0, fit.max_shift_frames + 1, n_clips)
        self._paces = rng.uniform(1 - fit.max_stretch, 1 + fit.max_stretch, n_clips)
        self._pitches = rng.uniform(1 - fit.max_transposition, 1 + fit.max_transposition, n_clips)
        self._stretched = (rng.random(n_clips) < 0.5) & bool(fit.max_stretch or fit.max_transposition)
        if self._config.pitch_label:
            self._keep_on_scale(numbers_of(self._data.values[self._config.pitch_label]))

    def _keep_on_scale(self, scale: NDArray[np.float64]) -> None:
        """Transposes what would leave the scale of the pitch the other way."""
        notes = scale[self._data.labels[self._config.pitch_label]]
        transposed = notes - 12 * np.log2(self._pitches)
        outside = (transposed < scale[0]) | (transposed > scale[-1])
        self._pitches[outside] = 1 / self._pitches[outside]
