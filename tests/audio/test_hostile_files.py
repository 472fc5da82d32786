"""Files that are damaged on purpose or were never audio: each gives sound or a named error."""

import io
import struct
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
import soundfile

from audio.errors import (
    AudioError,
    ChannelCountError,
    ClipTooLongError,
    EmptyAudioError,
    NonFiniteAudioError,
    SampleRateError,
    SilentAudioError,
    UnreadableAudioError,
)
from audio.files import read_audio
from audio.formats import AudioLimits

RATE_HZ = 8000
LIMITS = AudioLimits()
TEN_MINUTES_S = 600
BOMB_BYTES = 64 * 1024  # ten minutes of silence in FLAC stay under this
REFUSAL_BYTES = 8 * 1024 * 1024  # what reading 30 s of it before it is refused may allocate
MANY_PARTS_S = 5.0
N_MUTATIONS = 500  # of each kind of file

IEEE_FLOAT, PCM = 3, 1


def tone(seconds=0.25, rate=RATE_HZ):
    return (0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(int(seconds * rate)))).astype(np.float32)


def file_of(waveform, kind="WAV/FLOAT", rate=RATE_HZ):
    container, subtype = kind.split("/")
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def wav(
    payload,
    *,
    rate=RATE_HZ,
    channels=1,
    bits=16,
    code=PCM,
    claimed_bytes=None,
):
    """A WAV file with the given header."""
    n_bytes = len(payload) if claimed_bytes is None else claimed_bytes
    frame_bytes = channels * bits // 8
    header = struct.pack("<HHIIHH", code, channels, rate, rate * frame_bytes % 2**32, frame_bytes, bits)
    return b"".join(
        [
            b"RIFF" + struct.pack("<I", min(36 + n_bytes, 2**32 - 1)) + b"WAVE",
            b"fmt " + struct.pack("<I", len(header)) + header,
            b"data" + struct.pack("<I", n_bytes) + payload,
        ]
    )


def pcm16(waveform):
    return (waveform * 32767).astype("<i2").tobytes()


def without_length(flac):
    """The FLAC with 0 for the 36 bits of STREAMINFO that count its samples, which means unknown."""
    changed = bytearray(flac)
    changed[21] &= 0xF0
    changed[22:26] = bytes(4)
    return bytes(changed)


def read(data):
    return read_audio(data, RATE_HZ, LIMITS)


# --- not audio ---------------------------------------------------------------------------------------


def test_no_bytes_are_empty_audio():
    with pytest.raises(EmptyAudioError):
        read(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"This is a letter, not a sound. " * 40,
        b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\x82\x84webm" + bytes(500),
        b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(500),
        b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"PK\x03\x04" + bytes(500),
        b"%PDF-1.7\n" + bytes(500),
        bytes(5000),
        b"RIFF",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"fLaC",
        b"OggS" + bytes(100),
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
    ],
    ids=[
        "one byte", "text", "WebM", "M4A", "AAC", "PNG", "ZIP", "PDF", "zeros",
        "RIFF alone", "WAV without chunks", "FLAC alone", "Ogg page of zeros", "ID3 alone",
    ],
)  # fmt: skip
def test_what_is_no_audio_is_unreadable(data):
    with pytest.raises(UnreadableAudioError) as caught:
        read(data)
    assert caught.value.reason
    assert "0x" not in str(caught.value)  # no memory address in the message


@pytest.mark.parametrize("kind", ["VOC/PCM_16", "MAT5/PCM_16", "SVX/PCM_16", "PAF/PCM_16"])
def test_formats_that_are_not_allowed_are_refused_though_libsndfile_reads_them(kind):
    with pytest.raises(UnreadableAudioError, match="not recognised as WAV, AIFF"):
        read(file_of(tone(), kind))


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\nc=IN IP4 127.0.0.1\n",
    ],
    ids=["HLS", "concat", "SDP"],
)
def test_a_playlist_opens_nothing(data):
    with pytest.raises(UnreadableAudioError, match="not recognised"):
        read(data)


def test_without_ffmpeg_its_files_are_refused_and_the_others_are_read(
    monkeypatch,
):
    monkeypatch.setitem(sys.modules, "av", None)  # as if it were not installed
    with pytest.raises(UnreadableAudioError, match="package av, which is not installed"):
        read(b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(500))
    assert read(file_of(tone(), "AIFF/PCM_16")).duration_s == 0.25


def test_ffmpeg_is_imported_for_its_own_files_alone():
    program = (
        "import sys; from audio.files import read_audio; from audio.formats import AudioLimits; "
        "from tests.audio.test_hostile_files import file_of, tone; "
        "kinds = 'WAV/PCM_16', 'AIFF/PCM_16', 'OGG/OPUS', 'MP3/MPEG_LAYER_III'; "
        "[read_audio(file_of(tone(), kind), 8000, AudioLimits()) for kind in kinds]; "
        "sys.exit('av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_header_without_samples_is_empty_audio():
    with pytest.raises(EmptyAudioError):
        read(wav(b""))


# --- headers that lie --------------------------------------------------------------------------------


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


def test_ten_minutes_of_silence_in_a_small_flac_are_read_no_further_than_the_limit():
    data = file_of(np.zeros(TEN_MINUTES_S * RATE_HZ, np.int16), "FLAC/PCM_16")
    assert len(data) < BOMB_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(ClipTooLongError) as caught:
            read(data)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (caught.value.actual_s, caught.value.limit_s) == (TEN_MINUTES_S, 30.0)
    assert peak_bytes < REFUSAL_BYTES


def test_a_long_flac_of_unknown_length_is_read_no_further_than_the_limit():
    data = without_length(file_of(np.zeros(TEN_MINUTES_S * RATE_HZ, np.int16), "FLAC/PCM_16"))
    tracemalloc.start()
    try:
        with pytest.raises(ClipTooLongError) as caught:
            read(data)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.actual_s is None
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


# --- samples that are no sound -----------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["WAV/FLOAT", "WAV/DOUBLE", "WAVEX/FLOAT"])
def test_one_bad_sample_is_enough_to_refuse(bad, kind):
    waveform = tone().astype(np.float64)
    waveform[777] = bad
    with pytest.raises(NonFiniteAudioError):
        read(file_of(waveform, kind))


def test_infinities_that_would_cancel_in_the_mix_are_refused_without_a_warning():
    with pytest.raises(NonFiniteAudioError):
        read(file_of(np.array([[np.inf, -np.inf]] * 100)))


def test_channels_that_overflow_in_the_mix_are_refused_without_a_warning():
    with pytest.raises(AudioError):
        read(file_of(np.full((100, 2), 3e38, np.float32)))


@pytest.mark.parametrize("rate", [RATE_HZ, 16_000])
@pytest.mark.parametrize("amplitude", [1e20, 3e38])
def test_finite_samples_too_large_to_compute_with_are_refused(amplitude, rate):
    square = np.where(tone() > 0, amplitude, -amplitude).astype(np.float32)
    with pytest.raises(UnreadableAudioError, match="dBFS"):
        read(file_of(square, rate=rate))


def test_integers_written_as_floats_are_loud_but_sound():
    clip = read(file_of(tone() * np.float32(2**31)))
    assert np.isfinite(clip.waveform).all()


@pytest.mark.parametrize("amplitude", [0.0, 1e-5])
def test_a_silent_file_is_told(amplitude):
    with pytest.raises(SilentAudioError) as caught:
        read(file_of(2 * amplitude * tone()))
    assert caught.value.threshold_db == -90.0
    assert str(caught.value) == "The audio is silent: no sample exceeds -90 dBFS."


def test_one_step_of_16_bits_is_silent_and_two_are_not():
    steps = np.zeros(1000, np.int16)
    steps[500] = 1
    with pytest.raises(SilentAudioError):
        read(file_of(steps, "WAV/PCM_16"))
    assert read(file_of(2 * steps, "WAV/PCM_16")).waveform.max() == 2 * 2.0**-15


def test_a_tone_above_the_band_is_silent_after_resampling():
    ultrasonic = (0.5 * np.sin(2 * np.pi * 15_000 / 48_000 * np.arange(48_000))) * np.hanning(48_000)
    with pytest.raises(SilentAudioError, match="silent once resampled to 8000 Hz"):
        read(file_of(ultrasonic, "WAV/PCM_24", rate=48_000))


@pytest.mark.parametrize("n_samples", [1, 2, 10])
def test_less_than_one_sample_of_the_model_is_empty(n_samples):
    with pytest.raises(EmptyAudioError, match="empty once resampled to 8000 Hz"):
        read(file_of(np.full(n_samples, 0.5), rate=192_000))


# --- damage at random --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channels"),
    [
        ("WAV/PCM_16", 1),
        ("WAV/PCM_24", 2),
        ("WAV/FLOAT", 2),
        ("WAV/IMA_ADPCM", 1),
        ("WAVEX/FLOAT", 8),
        ("RF64/PCM_16", 1),
        ("FLAC/PCM_16", 1),
        ("FLAC/PCM_24", 2),
        ("OGG/VORBIS", 1),
        ("OGG/OPUS", 2),
        ("MP3/MPEG_LAYER_III", 1),
        ("AIFF/PCM_16", 2),
        ("AU/PCM_16", 1),
        ("CAF/ALAC_16", 1),
        ("W64/PCM_16", 1),
        ("NIST/PCM_16", 1),
    ],
)
def test_random_damage_gives_sound_or_a_named_error(kind, channels, damaged):
    whole = file_of(np.stack([tone()] * channels, axis=1), kind)
    for seed in range(N_MUTATIONS):
        data = damaged(whole, np.random.default_rng(seed))
        try:
            clip = read(data)
        except AudioError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {seed} of {kind} escaped the error tree") from error
        assert clip.sample_rate == RATE_HZ, seed
        assert clip.waveform.ndim == 1, seed
        assert clip.waveform.size > 0, seed
        assert np.isfinite(clip.waveform).all(), seed
        assert 0 < clip.duration_s <= LIMITS.max_duration_s, seed


@pytest.mark.parametrize("kind", ["WAV/PCM_16", "FLAC/PCM_16", "OGG/VORBIS", "MP3/MPEG_LAYER_III"])
def test_a_good_file_is_read_the_same_after_a_bad_one(kind, damaged):
    whole = file_of(tone(), kind)
    expected = read(whole)
    for seed in range(20):
        try:
            read(damaged(whole, np.random.default_rng(seed)))
        except AudioError:
            continue
    actual = read(whole)
    assert actual.duration_s == expected.duration_s
    assert np.array_equal(actual.waveform, expected.waveform)
