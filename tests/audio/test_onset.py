"""The onset of a sound is found after silence, an offset, rumble or noise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.onset import BLOCK_S, PRE_ROLL_S, block_power, first_onset, onsets, window_start

RATE_HZ = 8000
TOLERANCE_S = BLOCK_S  # an onset is known to the block
NOISY_TOLERANCE_S = 2 * BLOCK_S

Float32 = NDArray[np.float32]


def tone(seconds=0.5, rate=RATE_HZ, hz=440.0):
    return (0.5 * np.sin(2 * np.pi * hz / rate * np.arange(int(seconds * rate)))).astype(np.float32)


def silence(seconds, rate=RATE_HZ):
    return np.zeros(int(seconds * rate), np.float32)


def joined(*parts):
    return np.concatenate(parts)


@pytest.mark.parametrize("rate", [1000, 8000, 44_100, 192_000])
@pytest.mark.parametrize("lead_s", [0.05, 0.3, 1.0, 5.0])
def test_the_onset_follows_the_leading_silence(lead_s, rate):
    onset = first_onset(joined(silence(lead_s, rate), tone(0.5, rate, 100.0)), rate)
    assert onset / rate == pytest.approx(lead_s - PRE_ROLL_S, abs=TOLERANCE_S)
    assert onset <= lead_s * rate


def test_a_sound_at_once_begins_at_the_first_sample():
    assert first_onset(tone(), RATE_HZ) == 0
    assert first_onset(joined(silence(PRE_ROLL_S), tone()), RATE_HZ) == 0


@pytest.mark.parametrize("n_samples", [0, 1, 79, 80, 8000])
@pytest.mark.parametrize("offset", [0.0, 0.1])
def test_silence_has_no_onset(n_samples, offset):
    still = np.full(n_samples, offset, np.float32)
    assert onsets(still, RATE_HZ) == []
    assert first_onset(still, RATE_HZ) == 0


def test_a_click_shorter_than_a_block_is_found():
    clip = silence(1.0)
    clip[5000] = 0.5
    assert abs(first_onset(clip, RATE_HZ) / RATE_HZ - (5000 / RATE_HZ - PRE_ROLL_S)) <= TOLERANCE_S


def test_a_clip_that_ends_within_a_block_is_judged_to_its_end():
    assert first_onset(joined(silence(0.5), tone()[:30]), RATE_HZ) == int((0.5 - PRE_ROLL_S) * RATE_HZ)


def test_an_offset_and_rumble_are_not_sound():
    clip = joined(silence(1.0), tone())
    rumble = 0.05 * np.sin(2 * np.pi * 8 / RATE_HZ * np.arange(clip.size)).astype(np.float32)
    for changed in (clip + np.float32(0.3), clip + rumble):
        assert first_onset(changed, RATE_HZ) == first_onset(clip, RATE_HZ)


@pytest.mark.parametrize("snr_db", [60, 40, 30, 25])
def test_the_onset_is_found_in_noise(snr_db):
    clip = joined(silence(1.0), tone(0.7), silence(0.3))
    noise = np.random.default_rng(0).normal(size=clip.size) * 0.5 / np.sqrt(2) * 10 ** (-snr_db / 20)
    onset = first_onset((clip + noise).astype(np.float32), RATE_HZ)
    assert onset / RATE_HZ == pytest.approx(1.0 - PRE_ROLL_S, abs=NOISY_TOLERANCE_S)


@pytest.mark.parametrize("level_db", [-15, -30, -38])
def test_a_quiet_beginning_belongs_to_the_sound(level_db):
    clip = joined(silence(0.5), 10 ** (level_db / 20) * tone(0.2), tone(0.2))
    assert first_onset(clip.astype(np.float32), RATE_HZ) / RATE_HZ == pytest.approx(
        0.5 - PRE_ROLL_S, abs=TOLERANCE_S
    )


def test_a_steady_tone_has_one_onset_and_no_noise():
    assert onsets(tone(5.0), RATE_HZ) == [0]


def test_every_sound_after_a_pause_has_an_onset():
    starts_s, parts = [], []
    for pause_s in (0.2, 0.3, 1.0):
        parts += [silence(pause_s), tone(0.25)]
        starts_s.append(sum(part.size for part in parts[:-1]) / RATE_HZ)
    found = np.array(onsets(joined(*parts), RATE_HZ)) / RATE_HZ
    np.testing.assert_allclose(found, np.array(starts_s) - PRE_ROLL_S, atol=TOLERANCE_S)
    assert len(onsets(joined(*parts), RATE_HZ, gap_s=0.5)) == 2  # the first sound and the one after 1 s


def test_finding_onsets_leaves_the_clip_alone():
    clip = joined(silence(0.5), tone())
    before = clip.copy()
    onsets(clip, RATE_HZ)
    np.testing.assert_array_equal(clip, before)


@pytest.mark.parametrize(
    ("lead_s", "moved"), [(0.0, False), (0.3, False), (0.54, True), (0.9, True), (4.0, True)]
)
def test_a_window_starts_at_a_sound_that_begins_in_its_second_half_or_after_it(lead_s, moved):
    clip = joined(silence(lead_s), tone())
    start = window_start(block_power(clip, RATE_HZ), RATE_HZ, n_samples=RATE_HZ)
    assert start == (first_onset(clip, RATE_HZ) if moved else 0)
    assert (start > 0) == moved
