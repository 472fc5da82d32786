"""Audio files there and back: what sound is kept, and how much memory it takes."""

import io
import tracemalloc

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio.errors import EmptyAudioError, NonFiniteAudioError
from audio.files import read_audio, write_audio
from audio.formats import AUDIO_FORMATS, AudioLimits

RATE_HZ = 8000
LIMITS = AudioLimits()
STEP_16_BIT = 2.0**-15  # of full scale
LOSSY_SNR_DB = {"ogg": 15.0, "mp3": 15.0}
PCM_STEPS = {"PCM_U8": 2.0**-7, "PCM_16": 2.0**-15, "PCM_24": 2.0**-23, "PCM_32": 2.0**-23}
FLOAT32_STEP = 2.0**-23
RESAMPLED_LEVEL_DB = 0.05
RESAMPLED_FREQUENCY_HZ = 0.5
STOPBAND_DB = -60.0
LONG_OGG_SAMPLES = 2**21 + 12_345  # one write of more than 2**21 crashes libsndfile 1.2.2
BLOCK_BYTES = 65_536 * 8 * 4  # one block of eight channels in float32

Float32 = NDArray[np.float32]


def tone(hz, rate=RATE_HZ, seconds=0.5, amplitude=0.5):
    t = np.arange(int(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def sweep(seconds=1.0, rate=RATE_HZ):
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * (200 + 600 * t) * t)).astype(np.float32)


def file_of(waveform, rate=RATE_HZ, kind="WAV/FLOAT"):
    """A file by soundfile itself; waveform of shape (n,) or (n, channels)."""
    container, subtype = kind.split("/")
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def snr_db(actual, expected):
    return float(10 * np.log10(np.sum(expected**2) / np.sum((actual - expected) ** 2)))


def peak_of_spectrum(waveform, rate):
    """Frequency in Hz and amplitude of the strongest sine, away from the edges."""
    inner = waveform[waveform.size // 8 : -waveform.size // 8]
    window = np.blackman(inner.size)
    spectrum = np.abs(np.fft.rfft(inner * window, n=16 * inner.size)) / window.sum() * 2
    return spectrum.argmax() * rate / (16 * inner.size), float(spectrum.max())


@pytest.mark.parametrize("audio_format", ["wav", "wav-float", "flac"])
def test_lossless_formats_give_every_sample_back(audio_format):
    waveform = sweep()
    clip = read_audio(write_audio(waveform, RATE_HZ, audio_format), RATE_HZ, LIMITS)
    assert clip.sample_rate == RATE_HZ
    assert clip.duration_s == 1.0
    assert clip.waveform.dtype == np.float32
    assert clip.waveform.shape == waveform.shape
    step = 0.0 if audio_format == "wav-float" else STEP_16_BIT
    assert np.abs(clip.waveform - waveform).max() <= step


@pytest.mark.parametrize("audio_format", ["ogg", "mp3"])
def test_lossy_formats_give_the_sound_back(audio_format):
    waveform = sweep()
    clip = read_audio(write_audio(waveform, RATE_HZ, audio_format), RATE_HZ, LIMITS)
    assert clip.sample_rate == RATE_HZ
    assert clip.duration_s == 1.0  # an MP3 holds the length of its padding
    assert snr_db(clip.waveform, waveform) > LOSSY_SNR_DB[audio_format]


def test_pcm_is_headerless_little_endian_16_bit():
    waveform = sweep()
    samples = np.frombuffer(write_audio(waveform, RATE_HZ, "pcm"), "<i2")
    assert np.abs(samples / 2**15 - waveform).max() <= STEP_16_BIT


@pytest.mark.parametrize("audio_format", AUDIO_FORMATS)
def test_same_waveform_gives_the_same_bytes(audio_format):
    first, second = (write_audio(sweep(), RATE_HZ, audio_format) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("audio_format", ["wav", "flac", "pcm"])
def test_samples_beyond_full_scale_are_clipped_not_wrapped(audio_format):
    loud = np.array([2.0, -2.0, 1.0, -1.0, 0.0], np.float32).repeat(100)
    data = write_audio(loud, RATE_HZ, audio_format)
    samples = (
        np.frombuffer(data, "<i2")
        if audio_format == "pcm"
        else soundfile.read(io.BytesIO(data), dtype="int16")[0]
    )
    assert samples[::100].tolist() == [32767, -32768, 32767, -32768, 0]


@pytest.mark.parametrize("audio_format", AUDIO_FORMATS)
def test_nothing_and_nan_are_not_written(audio_format):
    with pytest.raises(EmptyAudioError):
        write_audio(np.zeros(0, np.float32), RATE_HZ, audio_format)
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(NonFiniteAudioError):
            write_audio(np.array([0.0, bad], np.float32), RATE_HZ, audio_format)


def test_ogg_of_more_than_two_to_the_21_samples_does_not_crash():
    quiet = np.resize(tone(440, seconds=1.0, amplitude=0.01), LONG_OGG_SAMPLES)
    data = write_audio(quiet, RATE_HZ, "ogg")
    assert soundfile.info(io.BytesIO(data)).frames == LONG_OGG_SAMPLES


@pytest.mark.parametrize("subtype", PCM_STEPS)
def test_every_width_of_pcm_is_read_to_its_own_step(subtype):
    waveform = sweep()
    clip = read_audio(file_of(waveform, kind=f"WAV/{subtype}"), RATE_HZ, LIMITS)
    assert np.abs(clip.waveform - waveform).max() <= PCM_STEPS[subtype]


@pytest.mark.parametrize(
    "kind", ["WAV/FLOAT", "WAV/DOUBLE", "WAVEX/FLOAT", "RF64/FLOAT", "WAVEX/PCM_24", "FLAC/PCM_24"]
)
def test_wide_formats_lose_nothing_that_float32_holds(kind):
    waveform = sweep()
    clip = read_audio(file_of(waveform, kind=kind), RATE_HZ, LIMITS)
    assert np.abs(clip.waveform - waveform).max() <= FLOAT32_STEP


@pytest.mark.parametrize("kind", ["OGG/VORBIS", "OGG/OPUS", "MP3/MPEG_LAYER_III"])
def test_every_accepted_codec_is_read(kind):
    clip = read_audio(file_of(sweep(), kind=kind), RATE_HZ, LIMITS)
    assert clip.duration_s == 1.0
    assert np.std(clip.waveform) == pytest.approx(np.std(sweep()), rel=0.1)


@pytest.mark.parametrize("n_channels", [2, 8])
@pytest.mark.parametrize("kind", ["WAV/FLOAT", "FLAC/PCM_24", "WAVEX/PCM_24"])
def test_channels_are_mixed_to_their_mean(n_channels, kind):
    channels = np.stack([tone(300 * (i + 1), amplitude=0.9) for i in range(n_channels)], axis=1)
    clip = read_audio(file_of(channels, kind=kind), RATE_HZ, LIMITS)
    assert clip.waveform.shape == (channels.shape[0],)
    assert np.abs(clip.waveform - channels.mean(axis=1)).max() <= 2 * FLOAT32_STEP


def test_of_channels_in_antiphase_the_louder_is_taken_and_said():
    left, right = tone(300, amplitude=0.5), tone(300, amplitude=-0.6)
    clip = read_audio(file_of(np.stack([left, right], axis=1)), RATE_HZ, LIMITS)
    assert clip.channel == 1
    np.testing.assert_array_equal(clip.waveform, right)


@pytest.mark.parametrize("correlation", [1.0, 0.0, -0.5])
def test_channels_that_do_not_cancel_are_mixed(correlation):
    one, other = np.random.default_rng(0).normal(size=(2, RATE_HZ)) / 10
    channels = np.stack([one, correlation * one + np.sqrt(1 - correlation**2) * other], axis=1)
    clip = read_audio(file_of(channels), RATE_HZ, LIMITS)
    assert clip.channel is None
    assert np.abs(clip.waveform - channels.mean(axis=1)).max() <= 2 * FLOAT32_STEP


def test_one_channel_of_eight_is_in_the_mean():
    channels = np.zeros((RATE_HZ, 8), np.float32)
    channels[:, 5] = tone(300, seconds=1.0)
    clip = read_audio(file_of(channels), RATE_HZ, LIMITS)
    assert clip.channel is None
    assert np.abs(clip.waveform - channels[:, 5] / 8).max() <= FLOAT32_STEP


@pytest.mark.parametrize("rate", [1000, 11_025, 16_000, 22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("hz", [97.0, 440.0])
def test_resampling_keeps_a_tone_at_its_frequency_and_level(rate, hz):
    clip = read_audio(file_of(tone(hz, rate, seconds=1.0), rate), RATE_HZ, LIMITS)
    assert clip.sample_rate == RATE_HZ
    assert clip.duration_s == 1.0
    assert abs(clip.waveform.size - RATE_HZ) <= 1
    found_hz, amplitude = peak_of_spectrum(clip.waveform, RATE_HZ)
    assert abs(found_hz - hz) < RESAMPLED_FREQUENCY_HZ
    assert abs(20 * np.log10(amplitude / 0.5)) < RESAMPLED_LEVEL_DB


def test_resampling_folds_nothing_into_the_band():
    audible, above = tone(1000, 44_100, 1.0), tone(5500, 44_100, 1.0)  # 5.5 kHz would fold to 2.5 kHz
    clip = read_audio(file_of(audible + above, 44_100), RATE_HZ, LIMITS)
    spectrum = np.abs(np.fft.rfft(clip.waveform[1000:-1000] * np.blackman(clip.waveform.size - 2000)))
    hz = np.fft.rfftfreq(clip.waveform.size - 2000, 1 / RATE_HZ)
    folded = spectrum[(hz > 2000) & (hz < 3000)].max()
    assert 20 * np.log10(folded / spectrum.max()) < STOPBAND_DB


def test_the_duration_is_that_of_the_file_not_of_the_resampled_clip():
    clip = read_audio(file_of(tone(440, 11_025, seconds=0.3), 11_025), RATE_HZ, LIMITS)
    assert clip.duration_s == int(0.3 * 11_025) / 11_025


def test_eight_channels_at_192_khz_cost_one_block_and_the_mono_clip():
    n_frames = 4 * 192_000
    samples = np.broadcast_to((tone(440, 192_000, 4.0) * 2**15).astype(np.int16)[:, None], (n_frames, 8))
    data = file_of(samples, 192_000, "WAV/PCM_16")
    mono_bytes = 4 * n_frames
    tracemalloc.start()
    try:
        clip = read_audio(data, RATE_HZ, LIMITS)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert clip.duration_s == 4.0
    assert peak_bytes < 3 * mono_bytes + 2 * BLOCK_BYTES  # all channels at once would be 8 * mono_bytes
