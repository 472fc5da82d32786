"""A few notes are transposed to the pitches between them, and stand at all velocities."""

import numpy as np
import pytest

from audio.model_directory import Latents
from training.data.dataset import Dataset
from training.errors import AdaptationError
from training.fit.spreading import REACH, at_all_pitches, at_all_values

N_BINS, N_FRAMES = 64, 4
SCALE = tuple(str(note) for note in range(48, 73) if note % 5)
VELOCITIES = ("40", "80", "120")


def bin_of(note):
    """Where the only partial of a note lies."""
    return 10 * 2 ** ((note - 60) / 12)


def notes(*pitches, cents=None):
    """Notes of one partial, of velocity 80."""
    bins = np.arange(N_BINS)[:, None, None]
    exact = np.array(pitches, float) + (0 if cents is None else np.array(cents) / 100)
    images = [
        np.maximum(0, 1 - np.abs(bins - bin_of(note)) / 3) * np.ones((1, N_FRAMES, 1)) for note in exact
    ]
    scale = np.array([int(value) for value in SCALE])
    labels = {
        "pitch": np.array([np.abs(scale - pitch).argmin() for pitch in pitches], np.int32),
        "velocity": np.ones(len(pitches), np.int32),
    }
    return Dataset(
        np.stack(images).astype(np.float16),
        np.full(len(pitches), -20, np.float32),
        labels,
        {"pitch": SCALE, "velocity": VELOCITIES},
        tuple(f"{pitch}.wav" for pitch in pitches),
        cents=None if cents is None else np.array(cents, np.float32),
    )


def highest(image):
    """The place of the partial, between bins."""
    column = image[:, 0, 0].astype(np.float64)
    return float((column * np.arange(N_BINS)).sum() / column.sum())


def test_every_pitch_within_reach_gets_a_note_of_that_pitch():
    spread = at_all_pitches(notes(54, 66), "pitch")
    pitches = [int(SCALE[value]) for value in spread.labels["pitch"]]
    assert set(pitches) == {51, 52, 53, 54, 56, 57, 63, 64, 66, 67, 68, 69}
    for image, pitch in zip(spread.log_magnitude, pitches, strict=True):
        assert highest(image) == pytest.approx(bin_of(pitch), abs=0.3)
    assert set(spread.files) == {"54.wav", "66.wav"}


def test_a_note_of_the_pitch_itself_stays_as_it_is():
    clips = notes(54)
    spread = at_all_pitches(clips, "pitch")
    [own] = np.flatnonzero(spread.labels["pitch"] == clips.labels["pitch"][0])
    np.testing.assert_array_equal(spread.log_magnitude[own], clips.log_magnitude[0])


def test_far_notes_do_not_serve_where_a_near_one_is():
    spread = at_all_pitches(notes(56, 57, 58), "pitch")
    at_58 = spread.labels["pitch"] == SCALE.index("58")
    assert {file for file, here in zip(spread.files, at_58, strict=True) if here} == {"57.wav", "58.wav"}


def test_a_note_that_is_out_of_tune_is_tuned():
    spread = at_all_pitches(notes(56, cents=[40]), "pitch")
    [own] = np.flatnonzero(spread.labels["pitch"] == SCALE.index("56"))
    assert highest(spread.log_magnitude[own]) == pytest.approx(bin_of(56), abs=0.1)
    assert spread.cents is None


def test_a_note_beyond_the_scale_is_refused():
    clips = notes(71, cents=[100 * (REACH + 2)])
    with pytest.raises(AdaptationError, match=r"71\.wav: its pitch 76 lies beyond 48 to 72"):
        at_all_pitches(clips, "pitch")


def known(level_db):
    column = np.array([0, 0, 1, 1, 2, 2], np.int32)
    return Latents(np.zeros((6, 2), np.float32), column * 0, {"velocity": column}, level_db)


def test_velocities_that_no_note_has_are_as_much_louder_as_known_clips_are():
    levels = np.array([-40, -38, -31, -29, -26, -24], np.float32)
    spread = at_all_values(notes(54, 66), "velocity", known(levels))
    by_velocity = {
        VELOCITIES[v]: set(spread.level_db[spread.labels["velocity"] == v].tolist()) for v in range(3)
    }
    assert by_velocity == {"40": {-29.0}, "80": {-20.0}, "120": {-15.0}}
    assert len(spread) == 6


def test_levels_stay_where_the_model_knows_none():
    spread = at_all_values(notes(54), "velocity", known(None))
    assert spread.level_db.tolist() == [-20, -20, -20]
