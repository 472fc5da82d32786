"""Audio files as bytes ⇄ waveforms.

Headers are not believed: what is there is read, up to the limit, and then counted and checked. Only what
passed is resampled.
"""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from audio.containers import with_info, without_serial
from audio.decoders import BLOCK_FRAMES, DAMAGED, open_decoder
from audio.errors import (
    ChannelCountError,
    ClipTooLongError,
    EmptyAudioError,
    NonFiniteAudioError,
    SampleRateError,
    SilentAudioError,
    UnreadableAudioError,
)
from audio.formats import AudioFormat, AudioLimits
from audio.mixing import mixed, one_of
from audio.parts import Part, parts_of

Float32 = NDArray[np.float32]
Recipe = Mapping[str, Any]  # the request that gives a sound again, as JSON

SILENCE_DB = -90.0  # peak, dBFS: one step of 16 bits, -90.3, is still silence
SILENCE = 10 ** (SILENCE_DB / 20)
MAX_TRACKS = 8  # of one file; whether others sound is not asked
SOFTWARE = "Tonespace"  # what our files say wrote them
MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # Hz, all there are
LOUDEST_DB = 200.0  # peak, dBFS: 32-bit integers stored as floats reach 187; more overflows later on
WRITERS: dict[AudioFormat, tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"),
    "wav-float": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "pcm": ("RAW", "PCM_16"),
}


class Clip(NamedTuple):
    """A mono waveform and what is known of the file that it was in."""

    waveform: Float32  # (n_samples,), full scale is 1
    sample_rate: int  # Hz, of the waveform
    duration_s: float  # of what was read of the file
    complete: bool = True  # False where the file promises more than it holds, or where some of it is damaged
    channel: int | None = None  # the one that was taken, from 0, where the mean of all would cancel it


def read_audio(data: bytes, sample_rate: int, limits: AudioLimits) -> Clip:
    """The sound of an audio file as a mono waveform at `sample_rate`; docs/formats.md lists what is read.

    What is there is read, whatever the header promises: to the end, to the first damage of a FLAC file, or
    around the damage of other files. Several channels give their mean, or the loudest one where the mean
    would cancel it. Several sound tracks give the first that is not silent. Files in a row (a chained Ogg
    file, joined MP3 files) are one sound.

    Args:
        data: the whole file.
        sample_rate: Hz to resample to.
        limits: what is accepted.

    Raises:
        EmptyAudioError, UnreadableAudioError, SampleRateError, ChannelCountError, ClipTooLongError,
        NonFiniteAudioError, SilentAudioError: see `audio.errors`.
    """
    if not data:
        raise EmptyAudioError
    readings = _readings(parts_of(data), limits)
    some_sound = any(reading.peak >= SILENCE for reading in readings)
    _check_samples(_joined(r.waveform for r in readings), "its channels are mixed" if some_sound else None)
    waveform = _joined(_resampled(reading, sample_rate) for reading in readings)
    if any(reading.sample_rate != sample_rate for reading in readings):
        # A click shorter than one sample or a tone above the band is gone.
        _check_samples(waveform, f"resampled to {sample_rate} Hz")
    return Clip(
        waveform,
        sample_rate,
        sum(reading.duration_s for reading in readings),
        all(reading.complete for reading in readings),
        next((reading.channel for reading in readings if reading.channel is not None), None),
    )


def write_audio(
    waveform: Float32, sample_rate: int, audio_format: AudioFormat = "wav", recipe: Recipe | None = None
) -> bytes:
    """The waveform as a file; the same arguments always give the same bytes.

    Samples beyond full scale are clipped by the integer formats.

    Args:
        waveform: float32 of shape (n_samples,), full scale is 1.
        sample_rate: Hz.
        audio_format: `pcm` is headerless little-endian 16 bit. `mp3` exists at `MP3_RATES` alone and is
            resampled to the next one.
        recipe: how to make the sound again. It is embedded in the file: in the INFO chunk of a WAV, in
            the comment of FLAC, Ogg and MP3. `pcm` has no place for it.

    Raises:
        EmptyAudioError: there is no sample.
        NonFiniteAudioError: a sample is NaN or infinite; PCM would turn it into a click.
    """
    if waveform.size == 0:
        raise EmptyAudioError
    if not np.isfinite(waveform).all():
        raise NonFiniteAudioError
    container, subtype = WRITERS[audio_format]
    rate = file_rate(sample_rate, audio_format)
    if rate != sample_rate:
        waveform = np.asarray(soxr.resample(waveform, sample_rate, rate), np.float32)
    comment = json.dumps(recipe, separators=(",", ":")) if recipe else ""  # ASCII
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", rate, 1, subtype=subtype, format=container, endian="FILE") as file:
        if container in {"FLAC", "OGG", "MP3"} and comment:
            file.comment = comment
        for start in range(0, waveform.size, BLOCK_FRAMES):
            file.write(waveform[start : start + BLOCK_FRAMES])
    data = buffer.getvalue()
    if container == "OGG":
        return without_serial(data)
    return with_info(data, SOFTWARE, comment) if container == "WAV" else data


def file_rate(sample_rate: int, audio_format: AudioFormat) -> int:
    """The sample rate in Hz of the file that `write_audio` makes."""
    if audio_format != "mp3":
        return sample_rate
    return next((rate for rate in MP3_RATES if rate >= sample_rate), MP3_RATES[-1])


class _Reading(NamedTuple):
    """One part of a file, read."""

    waveform: Float32  # (n_samples,)
    sample_rate: int  # Hz, of the waveform and of the file
    complete: bool
    peak: float  # of any channel of the file
    channel: int | None

    @property
    def duration_s(self) -> float:
        return self.waveform.size / self.sample_rate


def _readings(parts: list[Part], limits: AudioLimits) -> list[_Reading]:
    """The parts that can be read; where others cannot, the last one is not complete."""
    readings: list[_Reading] = []
    for part in parts:
        left_s = limits.max_duration_s - sum(reading.duration_s for reading in readings)
        try:
            readings.append(_read(part, limits, left_s))
        except UnreadableAudioError:
            if len(parts) == 1:
                raise
    if not readings:
        raise UnreadableAudioError(DAMAGED)
    readings[-1] = readings[-1]._replace(complete=readings[-1].complete and len(readings) == len(parts))
    return readings


def _read(part: Part, limits: AudioLimits, left_s: float, track: int = 0) -> _Reading:
    """A part of a file in one channel, of at most `left_s`; where the track is silent, the next one."""
    decoder = open_decoder(part.data, part.counted, track)
    rate, channels = decoder.sample_rate, decoder.channels
    if not limits.min_sample_rate <= rate <= limits.max_sample_rate:
        raise SampleRateError(rate, limits.min_sample_rate, limits.max_sample_rate)
    if channels > limits.max_channels:
        raise ChannelCountError(channels, limits.max_channels)
    mix = mixed(decoder.blocks(), int(left_s * rate))
    if mix is None:
        promised_s = decoder.promised_s or 0
        raise ClipTooLongError(
            limits.max_duration_s, promised_s if promised_s > limits.max_duration_s else None
        )
    if mix.peak < SILENCE and track + 1 < min(decoder.n_tracks, MAX_TRACKS):
        return _read(part, limits, left_s, track + 1)
    complete, waveform = part.complete and decoder.complete, mix.waveform
    if mix.lost is not None:
        waveform = one_of(open_decoder(part.data, part.counted, track).blocks(), mix.lost)
    return _Reading(waveform, rate, complete, mix.peak, mix.lost)


def _joined(waveforms: Iterable[Float32]) -> Float32:
    return np.concatenate(list(waveforms))


def _resampled(reading: _Reading, sample_rate: int) -> Float32:
    if reading.sample_rate == sample_rate or reading.waveform.size == 0:
        return reading.waveform
    return np.asarray(soxr.resample(reading.waveform, reading.sample_rate, sample_rate), np.float32)


def _check_samples(waveform: Float32, once: str | None) -> None:
    """Raise unless it is a sound; `once` says what was done to it."""
    if waveform.size == 0:
        raise EmptyAudioError(once)
    if not np.isfinite(waveform).all():
        raise NonFiniteAudioError
    peak = np.abs(waveform).max()
    if peak < SILENCE:
        raise SilentAudioError(SILENCE_DB, once)
    if peak > 10 ** (LOUDEST_DB / 20):
        raise UnreadableAudioError(f"its samples exceed {LOUDEST_DB:g} dBFS")
