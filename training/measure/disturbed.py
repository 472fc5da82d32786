"""Clips recorded otherwise: with an offset, rumble, hum, noise, in another band, at another level, later.

Each is stored as a 16-bit WAV and read as an upload is.
"""

import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import scipy.fft
import soundfile
import soxr
from numpy.typing import NDArray

from audio.files import read_audio
from audio.formats import AudioLimits
from audio.highpass import high_pass
from audio.onset import first_onset
from training.config import Config
from training.data.dataset import Dataset, read_waveforms

Float32 = NDArray[np.float32]

OFFSET = 0.01  # of full scale
RUMBLE_HZ, RUMBLE = 8.0, 0.02
HUM_HZ, HUM_SNR_DB, N_HARMONICS = 50.0, 20.0, 8  # the k-th harmonic has 1/k of the amplitude
NOISE_SNR_DB = 20.0
TELEPHONE_HZ = (300.0, 3400.0)
GAIN_DB = 12.0
OTHER_RATE_HZ = 16_000
LATE_S = 1.0


class Clip(NamedTuple):
    """A recording, and the source of what is random in its disturbance."""

    waveform: Float32  # (n_samples,), full scale is 1
    sample_rate: int  # Hz
    rng: np.random.Generator


def _clean(clip: Clip) -> Float32:
    return clip.waveform


def _with_offset(clip: Clip) -> Float32:
    return clip.waveform + np.float32(OFFSET)


def _with_rumble(clip: Clip) -> Float32:
    return clip.waveform + np.float32(RUMBLE) * _tone(clip, RUMBLE_HZ)


def _with_hum(clip: Clip) -> Float32:
    harmonics = [_tone(clip, k * HUM_HZ) / k for k in range(1, N_HARMONICS + 1)]
    return clip.waveform + _under(clip, np.sum(harmonics, axis=0), HUM_SNR_DB)


def _with_noise(clip: Clip) -> Float32:
    noise = clip.rng.standard_normal(clip.waveform.size, np.float32)
    return clip.waveform + _under(clip, noise, NOISE_SNR_DB)


def _by_telephone(clip: Clip) -> Float32:
    frequency = scipy.fft.rfftfreq(clip.waveform.size, 1 / clip.sample_rate)
    in_band = (frequency >= TELEPHONE_HZ[0]) & (frequency <= TELEPHONE_HZ[1])
    return np.asarray(scipy.fft.irfft(scipy.fft.rfft(clip.waveform) * in_band, clip.waveform.size))


def _louder(clip: Clip) -> Float32:
    return clip.waveform * np.float32(10 ** (GAIN_DB / 20))


def _softer(clip: Clip) -> Float32:
    return clip.waveform * np.float32(10 ** (-GAIN_DB / 20))


def _resampled(clip: Clip) -> Float32:
    there = soxr.resample(clip.waveform, clip.sample_rate, OTHER_RATE_HZ)
    return np.asarray(soxr.resample(there, OTHER_RATE_HZ, clip.sample_rate))


def _late(clip: Clip) -> Float32:
    return np.pad(clip.waveform, (round(LATE_S * clip.sample_rate), 0))


DISTURBANCES: dict[str, Callable[[Clip], Float32]] = {
    "clean": _clean,
    "offset": _with_offset,
    "rumble": _with_rumble,
    "hum": _with_hum,
    "background noise": _with_noise,
    "telephone band": _by_telephone,
    "louder": _louder,
    "softer": _softer,
    "resampled": _resampled,
    "late": _late,
}


def disturbed_uploads(config: Config, clips: Dataset) -> Iterator[tuple[str, list[Float32]]]:
    """Each disturbance, and the clips as they are read with it from their onsets on."""
    rate = config.spectrogram.sample_rate
    waveforms = read_waveforms(config.data.recordings, clips, rate)
    for row, disturb in DISTURBANCES.items():
        uploads = []
        for seed, waveform in enumerate(waveforms):
            stored = as_stored(disturb(Clip(waveform, rate, np.random.default_rng(seed))), rate)
            audible = high_pass(stored, config.spectrogram.high_pass_hz, rate)
            uploads.append(stored[first_onset(audible, rate) :])
        yield row, uploads


def as_stored(waveform: Float32, sample_rate: int) -> Float32:
    """The waveform as it is read from a 16-bit WAV, in which it is clipped."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(waveform, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return read_audio(file.getvalue(), sample_rate, AudioLimits()).waveform


def _tone(clip: Clip, hz: float) -> Float32:
    """A tone of amplitude 1 and random phase, as long as the clip."""
    seconds = np.arange(clip.waveform.size) / clip.sample_rate
    return np.sin(2 * np.pi * (hz * seconds + clip.rng.random())).astype(np.float32)


def _under(clip: Clip, disturbance: Float32, snr_db: float) -> Float32:
    """The disturbance so far under the root mean square of the clip."""
    power, own = (float(np.square(w).mean()) for w in (clip.waveform, disturbance))
    return disturbance * np.float32(np.sqrt(power / own) * 10 ** (-snr_db / 20))
