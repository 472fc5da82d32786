"""The same sound in another recording: through another channel, with noise, hum, rumble or an offset.

They are added to spectrograms: the phases of a disturbance are independent of the sound's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.spectrogram import SpectrogramTransform
from audio.spectrogram_config import SpectrogramConfig

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Complex64 = NDArray[np.complex64]

SHARE = 0.4  # of the clips, for each kind of disturbance
N_NOISES, N_TONES = 32, 64  # that are chosen from
MAINS_HZ = (50.0, 60.0)
N_HARMONICS = 16
RUMBLE_HZ = (1.0, 25.0)
NOISE_DB, HUM_DB, RUMBLE_DB = (-80.0, -32.0), (-60.0, -6.0), (-40.0, 6.0)  # relative to the clip's peak
COLOUR_DB = 6.0  # largest slope of the noise, per octave
TILT_DB = 4.0  # largest slope of a channel, per octave
LOW_EDGE_HZ = (40.0, 450.0)  # of a channel's band
HIGH_EDGE = (0.75, 1.0)  # of a channel's band, relative to half the sample rate
EDGE_ORDER = (2, 20)  # each slope is 6 dB per octave and order
MIDDLE_HZ = 1000.0  # where slopes turn


class Disturbances:
    """Random disturbances of the spectrograms of one transform."""

    def __init__(self, config: SpectrogramConfig, seed: int = 0) -> None:
        """Computes the noises and tones that are chosen from.

        Args:
            config: of the spectrograms. Its high-pass acts on what is added as it did on the clips.
            seed: of the noises and tones.
        """
        self._transform = SpectrogramTransform(config)
        self._frequency_hz = np.arange(config.n_bins) * config.sample_rate / config.n_fft
        self._octave = np.log2(np.maximum(self._frequency_hz, config.sample_rate / config.n_fft) / MIDDLE_HZ)
        rng = np.random.default_rng(seed)
        self._noises = np.stack([self._noise(rng) for _ in range(N_NOISES)])
        self._hums = np.stack([self._hum(rng) for _ in range(N_TONES)])
        self._rumbles = np.stack([self._rumble(rng) for _ in range(N_TONES)])

    def __call__(self, image: NDArray[np.floating[Any]], rng: np.random.Generator) -> Float32:
        """The spectrogram with a random choice of disturbances, float32 of the same shape, in [0, 1].

        Args:
            image: (height, width, 1), [0, 1].
            rng: chooses which disturbances, and how strong they are.
        """
        stft = self._transform.magnitude(image[..., 0].astype(np.float32), 0.0).astype(np.complex64)
        if rng.random() < SHARE:
            stft *= self._channel(rng)[:, None]
        while_it_lasts = (stft.any(axis=0) | (rng.random() < 0.5)).astype(np.float32)  # or the whole window
        for kinds, level_db in ((self._noises, NOISE_DB), (self._hums, HUM_DB), (self._rumbles, RUMBLE_DB)):
            if rng.random() < SHARE:
                gain = _gain(rng.uniform(*level_db)) * while_it_lasts
                stft += gain * kinds[rng.integers(len(kinds))]
        return self._transform.spectrogram(np.abs(stft)).log_magnitude[..., None]

    def _noise(self, rng: np.random.Generator) -> Complex64:
        """Coloured noise whose cells have 0 dBFS, root mean square."""
        stft = self._transform.stft(rng.standard_normal(self._transform.config.n_samples).astype(np.float32))
        stft = stft * _gain(rng.uniform(-COLOUR_DB, COLOUR_DB) * self._octave)[:, None]
        full_scale = self._transform.magnitude(np.ones(self._transform.config.image_shape, np.float32), 0.0)
        return np.asarray(stft * full_scale.max() / np.sqrt(np.square(np.abs(stft)).mean()), np.complex64)

    def _hum(self, rng: np.random.Generator) -> Complex64:
        """Mains hum with random harmonics; the strongest has 0 dBFS."""
        amplitude = rng.random(N_HARMONICS) * np.arange(1, N_HARMONICS + 1) ** -rng.uniform(0, 2)
        hz = rng.choice(MAINS_HZ) * np.arange(1, N_HARMONICS + 1)
        return self._tones(hz, amplitude / amplitude.max(), rng)

    def _rumble(self, rng: np.random.Generator) -> Complex64:
        """An offset and a slow tone of 0 dBFS together, after the high-pass."""
        share = rng.random()
        return self._tones(np.array([0.0, rng.uniform(*RUMBLE_HZ)]), np.array([share, 1 - share]), rng)

    def _tones(
        self, hz: NDArray[np.float64], amplitude: NDArray[np.float64], rng: np.random.Generator
    ) -> Complex64:
        """The STFT of tones that go on before and after the window: they do not begin or end in a frame."""
        config = self._transform.config
        n_beside = -(-config.n_fft // config.hop_length)  # frames
        longer = SpectrogramTransform(config.model_copy(update={"n_frames": config.n_frames + 2 * n_beside}))
        at_s = np.arange(longer.config.n_samples) / config.sample_rate
        phase = 2 * np.pi * (hz[:, None] * at_s + rng.random((len(hz), 1)))
        hearable = hz < config.sample_rate / 2
        waveform = (amplitude * hearable) @ np.cos(phase)
        return longer.stft(longer.fit_length(waveform.astype(np.float32))[0])[:, n_beside:-n_beside]

    def _channel(self, rng: np.random.Generator) -> Float32:
        """The gain of a tilted channel of limited band, (n_bins,)."""
        low_hz = np.exp(rng.uniform(*np.log(LOW_EDGE_HZ)))
        high_hz = rng.uniform(*HIGH_EDGE) * self._transform.config.sample_rate / 2
        frequency = np.maximum(self._frequency_hz, 1e-3)
        ratios = (np.minimum(low_hz / frequency, 100.0), frequency / high_hz)  # 100 is as good as nothing
        low, high = (1 / np.sqrt(1 + ratio ** (2 * rng.integers(*EDGE_ORDER))) for ratio in ratios)
        return np.asarray(low * high * _gain(rng.uniform(-TILT_DB, TILT_DB) * self._octave), np.float32)


def _gain(decibels: Any) -> Any:
    return np.asarray(10 ** (np.asarray(decibels) / 20), np.float32)
