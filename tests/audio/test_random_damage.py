"""Files that are damaged at random give sound or a named error."""

import numpy as np
import pytest

from audio.errors import (
    AudioError,
)
from tests.audio.sound_files import LIMITS, RATE_HZ, file_of, read, tone

N_MUTATIONS = 500  # of each kind of file


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
        except Exception as error:  # what no reader should raise is what the test looks for
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
