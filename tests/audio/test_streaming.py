"""Files that are sent while their samples are computed, read by libsndfile."""

import io

import numpy as np
import pytest
import soundfile

from audio.streaming import encoder

RATE = 22_050
PARTS = (1, 5000, 70_000, 3)
MAX_VORBIS_ERROR = 0.15  # of full scale


def sound(n_samples):
    t = np.arange(n_samples) / RATE
    noise = np.random.default_rng(1).normal(0, 0.02, n_samples)
    return ((0.4 * np.sin(2 * np.pi * 330 * t) + noise) * 32_767).astype("<i2")


def encoded(audio_format):
    samples = sound(sum(PARTS))
    encoding, parts, start = encoder(audio_format, RATE, samples.size), [], 0
    for n in PARTS:
        parts.append(encoding.encode(samples[start : start + n].tobytes()))
        start += n
    return samples, encoding, parts, encoding.end()


def test_a_wav_has_the_sizes_that_its_head_promises():
    samples, encoding, parts, end = encoded("wav")
    data = b"".join(parts) + end
    assert len(data) == encoding.n_bytes
    read, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assert rate == RATE
    assert np.array_equal(read, samples)


def test_pcm_is_the_samples():
    samples, encoding, parts, end = encoded("pcm")
    assert b"".join(parts) + end == samples.tobytes()
    assert encoding.n_bytes == samples.nbytes


def test_vorbis_comes_in_parts_and_is_the_same_each_time():
    samples, encoding, parts, end = encoded("ogg")
    assert encoding.n_bytes is None
    assert sum(map(bool, parts)) >= 2
    data = b"".join(parts) + end
    read, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    assert (read.size, rate) == (samples.size, RATE)
    assert np.abs(read - samples / 32_768).max() < MAX_VORBIS_ERROR
    _, _, parts_again, end_again = encoded("ogg")
    assert b"".join(parts_again) + end_again == data


@pytest.mark.parametrize("audio_format", ["wav", "pcm"])
def test_an_empty_part_is_nothing(audio_format):
    encoding = encoder(audio_format, RATE, 0)
    assert len(encoding.encode(b"")) == encoding.n_bytes
    assert encoding.end() == b""
