"""A file carries its recipe, and its bytes depend on the sound and the recipe alone."""

import struct
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.containers import without_serial
from audio.files import MP3_RATES, file_rate, read_audio, write_audio
from audio.formats import AUDIO_FORMATS, AudioFormat, AudioLimits
from tonespace.recipe import read_recipe

RATE_HZ = 8000
LIMITS = AudioLimits()
RECIPE = {"path": "/sample", "query": {"seed": 7, "label": ["speaker:théo"]}, "z": [0.1234567, -1.5e-05] * 64}
WITH_A_COMMENT: list[AudioFormat] = ["wav", "wav-float", "flac", "ogg", "mp3"]

Float32 = NDArray[np.float32]


def sweep(n_samples=8001):  # odd: a chunk of odd size is padded
    t = np.arange(n_samples) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * (200 + 600 * t) * t)).astype(np.float32)


@pytest.mark.parametrize("audio_format", WITH_A_COMMENT)
def test_a_file_with_a_recipe_sounds_the_same(audio_format):
    with_recipe, without = (write_audio(sweep(), RATE_HZ, audio_format, recipe) for recipe in (RECIPE, None))
    assert read_recipe(with_recipe) == RECIPE
    one, other = (read_audio(data, RATE_HZ, LIMITS) for data in (with_recipe, without))
    np.testing.assert_array_equal(one.waveform, other.waveform)
    assert one.duration_s == other.duration_s == 8001 / RATE_HZ


@pytest.mark.parametrize("audio_format", ["wav", "wav-float"])
def test_every_size_in_a_wav_is_exact(audio_format):
    data = write_audio(sweep(), RATE_HZ, audio_format, RECIPE)
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    at, names = 12, []
    while at < len(data):
        names.append(data[at : at + 4])
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]
        at += at % 2
    assert at == len(data)
    assert names[0] == b"fmt "
    assert names[-2:] == [b"LIST", b"data"]
    assert b"PEAK" not in names


def test_bytes_do_not_depend_on_the_time_or_on_chance():
    first = [write_audio(sweep(), RATE_HZ, audio_format, RECIPE) for audio_format in AUDIO_FORMATS]
    time.sleep(1.1)  # the time of writing in a float WAV has seconds
    assert [write_audio(sweep(), RATE_HZ, audio_format, RECIPE) for audio_format in AUDIO_FORMATS] == first


def test_every_page_of_an_ogg_file_keeps_a_right_checksum():
    long = np.resize(sweep(), 40 * RATE_HZ)
    data = write_audio(long, RATE_HZ, "ogg")
    assert data.count(b"OggS") > 3
    assert without_serial(data) == data
    assert read_audio(data, RATE_HZ, AudioLimits(max_duration_s=60)).waveform.size == long.size


@pytest.mark.parametrize("rate", [1000, 8000, 10_000, 22_050, 44_100, 48_000, 96_000])
def test_mp3_at_a_rate_that_it_lacks_is_resampled(rate):
    n_samples = rate // 2
    waveform = (0.5 * np.sin(2 * np.pi * 0.05 * np.arange(n_samples))).astype(np.float32)
    clip = read_audio(write_audio(waveform, rate, "mp3"), rate, LIMITS)
    assert file_rate(rate, "mp3") in MP3_RATES
    assert file_rate(rate, "wav") == rate
    assert clip.duration_s == pytest.approx(0.5, abs=1e-4)
    middle = slice(n_samples // 4, -n_samples // 4)
    assert np.std(clip.waveform[middle]) == pytest.approx(np.std(waveform[middle]), rel=0.1)
