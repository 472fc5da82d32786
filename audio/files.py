"""Audio files as bytes ⇄ waveforms.

Headers lie, so nothing is believed before it is checked: container, rate, channels, then at most
one frame more than the limit is read, and only what passed is mixed and resampled.
"""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from audio.containers import is_cut, with_info, without_serial
from audio.errors import (
    ChannelCountError,
    ClipTooLongError,
    EmptyAudioError,
    NonFiniteAudioError,
    SampleRateError,
    SilentAudioError,
    UnreadableAudioError,
)

Float32 = NDArray[np.float32]
AudioFormat = Literal["wav", "wav-float", "flac", "ogg", "mp3", "pcm"]
AUDIO_FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)
Recipe = Mapping[str, Any]  # the request that gives a sound again, as JSON

READABLE = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})  # libsndfile's major formats
EXACT_LENGTH = frozenset({"FLAC"})  # the header's length is a promise, a shorter stream is cut off
UNKNOWN_LENGTH = 2**40  # frames; no honest header claims more, FLAC without a length claims 2**63 - 1
BLOCK_FRAMES = 65_536  # one OGG write of more than 2**21 samples crashes libsndfile 1.2.2
SILENCE_DB = -90.0  # peak, dBFS: one step of 16 bits, -90.3, is still silence
SOFTWARE = "Tonespace"  # what our files say wrote them
MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # Hz, all there are
LOUDEST_DB = 200.0  # peak, dBFS: 32-bit integers stored as floats reach 187; more overflows later on
# In our words: libsndfile's own speak of files that do not exist, or of its structures.
REASONS = {
    1: "it is not recognised as WAV, FLAC, OGG or MP3",
    4: "its encoding is not read",
    18: "its encoding is not read",
}
DAMAGED = "it is damaged, cut off or in an encoding that is not read"
WRITERS: dict[AudioFormat, tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"),
    "wav-float": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "pcm": ("RAW", "PCM_16"),
}


class AudioLimits(BaseModel):
    """What is accepted of a file before anything is computed on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_sample_rate: int = Field(1_000, ge=1, description="Hz")
    max_sample_rate: int = Field(192_000, ge=1, description="Hz")
    max_channels: int = Field(8, ge=1)
    max_duration_s: float = Field(30.0, gt=0)


class Clip(NamedTuple):
    """A mono waveform and what the file said of itself."""

    waveform: Float32  # (n_samples,), full scale is 1
    sample_rate: int  # Hz, of the waveform
    duration_s: float  # of the file


def read_audio(data: bytes, sample_rate: int, limits: AudioLimits) -> Clip:
    """A WAV, FLAC, OGG (Vorbis, Opus) or MP3 file as a mono waveform at `sample_rate`.

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
    if is_cut(data):
        raise UnreadableAudioError(DAMAGED)
    try:
        with _ForwardFile(io.BytesIO(data)) as file:
            _check_header(file, limits)
            waveform, rate, channels = _read_mono(file, limits), file.samplerate, file.channels
    except soundfile.LibsndfileError as error:
        raise UnreadableAudioError(REASONS.get(error.code, DAMAGED)) from error
    _check_samples(waveform, "its channels are mixed" if channels > 1 else None)
    duration_s = waveform.size / rate
    if rate != sample_rate:
        waveform = np.asarray(soxr.resample(waveform, rate, sample_rate), np.float32)
        # A click shorter than one sample or a tone above the band is gone.
        _check_samples(waveform, f"resampled to {sample_rate} Hz")
    return Clip(waveform, sample_rate, duration_s)


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


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file that is only read on: soundfile seeks after each read, which fails where FLAC is streamed."""

    def seekable(self) -> bool:
        return False


def _check_header(file: soundfile.SoundFile, limits: AudioLimits) -> None:
    if file.format not in READABLE:
        raise UnreadableAudioError(f"{file.format} is not one of WAV, FLAC, OGG, MP3")
    if not limits.min_sample_rate <= file.samplerate <= limits.max_sample_rate:
        raise SampleRateError(file.samplerate, limits.min_sample_rate, limits.max_sample_rate)
    if file.channels > limits.max_channels:
        raise ChannelCountError(file.channels, limits.max_channels)
    actual_s = file.frames / file.samplerate
    if limits.max_duration_s < actual_s and file.frames < UNKNOWN_LENGTH:
        raise ClipTooLongError(limits.max_duration_s, actual_s)


def _read_mono(file: soundfile.SoundFile, limits: AudioLimits) -> Float32:
    """The file mixed to mono block by block; never more than one block of all channels in memory."""
    limit = int(limits.max_duration_s * file.samplerate)
    blocks: list[Float32] = []
    n_read = 0
    for block in _blocks(file):
        n_read += block.shape[0]
        if n_read > limit:
            raise ClipTooLongError(limits.max_duration_s, None)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
            blocks.append(block.mean(axis=1, dtype=np.float32))
    if file.format in EXACT_LENGTH and n_read < file.frames < UNKNOWN_LENGTH:
        raise UnreadableAudioError(f"it ends after {n_read} of {file.frames} frames")
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _blocks(file: soundfile.SoundFile) -> Iterator[Float32]:
    while (block := file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)).size:
        yield block


def _check_samples(waveform: Float32, once: str | None) -> None:
    """Passes only a sound; `once` tells what was done to it."""
    if waveform.size == 0:
        raise EmptyAudioError(once)
    if not np.isfinite(waveform).all():
        raise NonFiniteAudioError
    peak = np.abs(waveform).max()
    if peak < 10 ** (SILENCE_DB / 20):
        raise SilentAudioError(SILENCE_DB, once)
    if peak > 10 ** (LOUDEST_DB / 20):
        raise UnreadableAudioError(f"its samples exceed {LOUDEST_DB:g} dBFS")
