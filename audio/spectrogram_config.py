"""The settings of a spectrogram transform."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PhaseMethod = Literal["griffin-lim", "gradient", "zero"]

MIN_WINDOW_ENERGY = 1e-3  # below this share of the peak, dividing by the window sum amplifies noise


class SpectrogramConfig(BaseModel):
    """The settings of one transform; what follows from them is a property, never a second setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_rate: int = Field(8000, ge=1000, le=192_000, description="Hz")
    n_fft: int = Field(256, ge=16, le=65_536)
    hop_length: int = Field(64, ge=1)
    win_length: int = Field(256, ge=2, description="Hann, centred in the n_fft samples of a frame")
    n_frames: int = Field(128, ge=1, le=65_536)
    floor_db: float = Field(-80.0, lt=0, ge=-200, description="dB under the clip's peak that read 0")
    image_height: int | None = Field(None, ge=2, description="rows of log_magnitude; default n_bins")
    image_width: int | None = Field(None, ge=2, description="columns; default n_frames")
    high_pass_hz: float = Field(
        0.0, ge=0, le=100, description="what lies below is inaudible and removed from a clip; 0 keeps it"
    )

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if not self.hop_length <= self.n_fft:
            raise ValueError("hop_length must not exceed n_fft")
        if not self.win_length <= self.n_fft:
            raise ValueError("win_length must not exceed n_fft")
        from audio.stft import hann, window_energy  # on numpy, which who reads no settings does not load

        n_overlapping = -(-self.n_fft // self.hop_length)
        window, n_frames = hann(self.win_length, self.n_fft), min(self.n_frames, 2 * n_overlapping)
        first = (self.n_fft - self.hop_length) // 2
        energy = window_energy(window, self.hop_length, n_frames)[first : first + n_frames * self.hop_length]
        if energy.min() < MIN_WINDOW_ENERGY * energy.max():
            gaps = f"a window of {self.win_length} samples every {self.hop_length} leaves gaps"
            raise ValueError(f"{gaps}: no inverse exists")
        return self

    @property
    def n_bins(self) -> int:
        """Frequency bins from 0 Hz to half the sample rate, both included."""
        return self.n_fft // 2 + 1

    @property
    def n_samples(self) -> int:
        """Samples of the one clip length that this transform takes and gives."""
        return self.n_frames * self.hop_length

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.sample_rate

    def at_full_resolution(self, n_frames: int | None = None) -> Self:
        """The same transform without resizing, of n_frames frames where they are given."""
        size = {"n_frames": n_frames or self.n_frames, "image_height": None, "image_width": None}
        return self.model_copy(update=size)

    @property
    def image_shape(self) -> tuple[int, int]:
        return (self.image_height or self.n_bins, self.image_width or self.n_frames)
