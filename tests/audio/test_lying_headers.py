"""Headers that promise another rate, length or encoding are not believed."""

import io
import time
import tracemalloc

import numpy as np
import pytest
import soundfile

from audio.errors import (
    ChannelCountError,
    ClipTooLongError,
    SampleRateError,
    UnreadableAudioError,
)
from audio.files import read_audio
from audio.formats import AudioLimits
from tests.audio.sound_files import PCM, RATE_HZ, file_of, pcm16, read, tone, wav, without_length

TEN_MINUTES_S = 600
BOMB_BYTES = 64 * 1024  # ten minutes of silence in FLAC stay under this
REFUSAL_BYTES = 8 * 1024 * 1024  # what reading 30 s of it before it is refused may allocate
MANY_PARTS_S = 5.0


@pytest.mark.parametrize("rate", [1, 999, 192_001, 2**31 - 1])
def test_rates_outside_the_range_are_refused_before_resampling(rate):
    with pytest.raises(SampleRateError) as caught:
        read(wav(pcm16(tone()), rate=rate))
    assert caught.value.actual_hz == rate
    assert (caught.value.min_hz, caught.value.max_hz) == (1000, 192_000)


@pytest.mark.parametrize("channels", [9, 1024])
def test_too_many_channels_are_refused(channels):
    with pytest.raises(ChannelCountError) as caught:
        read(wav(bytes(2 * channels * 100), channels=channels))
    assert (caught.value.actual, caught.value.limit) == (channels, 8)


@pytest.mark.parametrize("claimed_bytes", [2**31, 2**32 - 1])
def test_a_wav_of_unknown_length_is_read_to_its_end(claimed_bytes):
    """Programs that write WAV into a pipe cannot go back to fill in the length."""
    clip = read(wav(pcm16(tone()), claimed_bytes=claimed_bytes))
    assert clip.duration_s == 0.25


def refusal(data):
    """The error of a clip that is too long, and the most bytes that were allocated until then."""
    tracemalloc.start()
    try:
        with pytest.raises(ClipTooLongError) as caught:
            read(data)
        return caught.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_minutes_of_silence_in_a_small_flac_are_read_no_further_than_the_limit():
    data = file_of(np.zeros(TEN_MINUTES_S * RATE_HZ, np.int16), "FLAC/PCM_16")
    assert len(data) < BOMB_BYTES
    error, peak_bytes = refusal(data)
    assert (error.actual_s, error.limit_s) == (TEN_MINUTES_S, 30.0)
    assert peak_bytes < REFUSAL_BYTES


def test_a_long_flac_of_unknown_length_is_read_no_further_than_the_limit():
    data = without_length(file_of(np.zeros(TEN_MINUTES_S * RATE_HZ, np.int16), "FLAC/PCM_16"))
    error, peak_bytes = refusal(data)
    assert error.actual_s is None
    assert peak_bytes < REFUSAL_BYTES


def test_a_short_flac_of_unknown_length_is_read_whole():
    data = without_length(file_of(tone(), "FLAC/PCM_16"))
    assert soundfile.info(io.BytesIO(data)).frames == 2**63 - 1  # the header's claim
    clip = read(data)
    assert clip.duration_s == 0.25
    assert np.abs(clip.waveform - tone()).max() <= 2.0**-15


@pytest.mark.parametrize("kind", ["WAV/PCM_16", "FLAC/PCM_16", "OGG/VORBIS"])
def test_the_limit_is_the_last_length_accepted(kind):
    limits = AudioLimits(max_duration_s=0.25)
    assert read_audio(file_of(tone(), kind), RATE_HZ, limits).duration_s == 0.25
    longer = np.append(tone(), np.float32(0.1))
    with pytest.raises(ClipTooLongError):
        read_audio(file_of(longer, kind), RATE_HZ, limits)


@pytest.mark.parametrize(
    ("n_samples", "rate", "length_s"),
    [(240_001, 8000, "30.0001"), (5_760_001, 192_000, "30.00001"), (248_000, 8000, "31.0")],
)
def test_the_length_of_a_clip_that_is_hardly_too_long_is_reported(n_samples, rate, length_s):
    with pytest.raises(ClipTooLongError) as caught:
        read(file_of(np.zeros(n_samples, np.int16), "WAV/PCM_16", rate))
    assert str(caught.value) == f"The audio is {length_s} s long, at most 30 s are accepted."


@pytest.mark.parametrize(
    "data",
    [file_of(tone(), "MP3/MPEG_LAYER_III")[:40], wav(bytes(200), rate=0), wav(bytes(200), channels=0)],
    ids=["40 bytes of MP3", "0 Hz", "no channel"],
)
def test_damage_is_told_in_words_about_the_audio(data):
    with pytest.raises(UnreadableAudioError) as caught:
        read(data)
    assert (
        str(caught.value)
        == "The audio cannot be read: it is damaged, cut off or in an encoding that is not read."
    )


@pytest.mark.parametrize(("code", "bits"), [(0x0161, 16), (PCM, 64)], ids=["Windows Media Audio", "64 bits"])
def test_an_encoding_that_is_not_read_is_not_only_called_damage(code, bits):
    with pytest.raises(UnreadableAudioError, match="encoding"):
        read(wav(bytes(200), code=code, bits=bits))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_flac_is_read_to_its_last_whole_frame(share):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE_HZ).astype(np.float32)
    data = file_of(noise, "FLAC/PCM_16")
    clip = read(data[: int(share * len(data))])
    assert not clip.complete
    assert share - 0.2 < clip.waveform.size / noise.size < share
    assert np.abs(clip.waveform - noise[: clip.waveform.size]).max() <= 2.0**-15


def test_one_flipped_bit_in_a_flac_is_caught_by_its_checksums():
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE_HZ).astype(np.float32)
    whole = file_of(noise, "FLAC/PCM_16")
    for at in range(10_000, len(whole) - 5000, 5000):
        changed = bytearray(whole)
        changed[at] ^= 0x10
        clip = read(bytes(changed))
        assert not clip.complete
        assert np.abs(clip.waveform - noise[: clip.waveform.size]).max() <= 2.0**-15, at


def test_many_tiny_chunks_or_links_take_no_time():
    chunks = b"RIFF\xff\xff\xff\xffWAVE" + 500_000 * (b"junk" + bytes(4))
    links = 2000 * file_of(tone(0.01), "OGG/VORBIS")
    begun = time.perf_counter()
    with pytest.raises(UnreadableAudioError):
        read(chunks)
    assert not read(links).complete
    assert time.perf_counter() - begun < MANY_PARTS_S
