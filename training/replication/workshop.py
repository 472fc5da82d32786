"""The options of the command, and the clips and folders that every experiment uses."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioError
from audio.files import read_audio
from audio.formats import AudioLimits
from audio.spectrogram_config import SpectrogramConfig
from training.config import Config, load_config
from training.data.dataset import Dataset, load_splits
from training.errors import RecordingsError
from training.replication.results import fingerprint

THESIS_TOML = Path(__file__).parents[1] / "configs/thesis-ae.toml"
N_RECORDINGS = 800  # that the thesis learned from; it does not say which

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Workshop:
    """The options of one `replicate` command."""

    folder: Path = Path("docs/replication")
    runs: Path = Path("runs/replication")
    models: Path = Path("models")
    recordings: Path | None = None
    mnist: Path | None = None
    sound: Path | None = None
    share: float = 1.0  # of the thesis' epochs
    overfit: int = 2500  # epochs of figure 51; the thesis took 10,000
    n_clips_inverted: int = 300  # held-out clips that are inverted and recognised
    thesis: Path = THESIS_TOML

    @property
    def page(self) -> Path:
        """The path of the page, beside the folder of its images."""
        return self.folder.with_suffix(".md")

    @cached_property
    def config(self) -> Config:
        """The experiment of the thesis on the recordings of this command."""
        config = load_config(self.thesis)
        if self.recordings is None:
            return config
        here = {"recordings": self.recordings, "archive_url": None}
        return config.model_copy(update={"data": config.data.model_copy(update=here)})

    def epochs(self, of_the_thesis: int) -> int:
        """The epochs of the thesis, shortened by the share."""
        return max(1, round(of_the_thesis * self.share))

    @cached_property
    def splits(self) -> dict[str, Dataset]:
        """The clips as 28 x 28 spectrograms.

        Raises:
            RecordingsError: see `training.data.dataset.prepare`.
        """
        return load_splits(self.config)

    @cached_property
    def learned(self) -> Dataset:
        """The recordings that the spectrogram autoencoder learns from, evenly spread over all."""
        train = self.splits["train"]
        return train.take(np.linspace(0, len(train) - 1, min(N_RECORDINGS, len(train))).round().astype(int))

    @cached_property
    def held_out(self) -> Dataset:
        """The held-out recordings that are inverted and recognised."""
        clips = self.splits["validation"]
        return clips.take(
            np.linspace(0, len(clips) - 1, min(self.n_clips_inverted, len(clips))).round().astype(int)
        )

    def spectrograms(self, spectrogram: SpectrogramConfig, split: str) -> Dataset:
        """The clips of a split with other spectrogram settings."""
        return load_splits(self.config.model_copy(update={"spectrogram": spectrogram}))[split]

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the recordings."""
        return fingerprint(*(self.splits[name].log_magnitude for name in ("train", "validation")))

    @property
    def rate(self) -> int:
        """The sample rate of the clips, Hz."""
        return self.config.spectrogram.sample_rate


def read_sound(path: Path, sample_rate: int) -> Float32:
    """A file's waveform, mono at `sample_rate`, float32 of shape (n_samples,).

    Raises:
        RecordingsError: there is no such file, or it is no sound.
    """
    try:
        return read_audio(path.read_bytes(), sample_rate, AudioLimits()).waveform
    except OSError as error:
        raise RecordingsError(f"{path} cannot be read: {error.strerror}") from error
    except AudioError as error:
        raise RecordingsError(f"{path}: {error}") from error
