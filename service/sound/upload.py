"""An audio file that a request brings -> the part of it that the model gets."""

import numpy as np
from numpy.typing import NDArray

from audio.files import Clip, read_audio
from audio.formats import AudioLimits
from audio.highpass import high_pass
from audio.onset import first_onset
from service.contract.tasks import Upload
from service.sound.store import Model
from service.stages import stage

Float32 = NDArray[np.float32]


def read_window(
    model: Model, data: bytes, limits: AudioLimits, start_s: float | None = None
) -> tuple[Float32, Upload]:
    """The model's window of an audio file, float32 of shape (n_samples,), padded with zeros at its end.

    Args:
        model: whose window it is.
        data: the file.
        limits: what is accepted.
        start_s: where the window begins; without it, at the onset of the sound.

    Raises:
        AudioError: the file cannot be read or has no sound.
    """
    with stage("decode"):
        clip = read_audio(data, model.manifest.spectrogram.sample_rate, limits)
    start = _start(clip, start_s, model.manifest.spectrogram.high_pass_hz)
    waveform, truncated = model.transform.fit_length(clip.waveform[start:])
    channel = None if clip.channel is None else clip.channel + 1
    return waveform, Upload(clip.duration_s, start / clip.sample_rate, truncated, clip.complete, channel)


def _start(clip: Clip, start_s: float | None, high_pass_hz: float) -> int:
    """Where the window begins; what cannot be heard is no onset."""
    if start_s is None:
        return first_onset(high_pass(clip.waveform, high_pass_hz, clip.sample_rate), clip.sample_rate)
    return round(start_s * clip.sample_rate)
