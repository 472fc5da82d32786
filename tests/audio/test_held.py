"""Notes that are held for longer and for shorter than they were made."""

import numpy as np
import pytest

from audio.held import Note
from audio.loop import looped
from tests.audio.notes import RATE, RELEASE_S, note

MAX_STEP_DB = 1.0
MAX_DECAY_ERROR_DB_S = 2.0


def held(made, held_s):
    """The whole note if its key is held for so many seconds."""
    n_held = round(held_s * RATE)
    return made.part(n_held, 0, made.length(n_held))


def made(**options):
    return Note(*looped(note(**options), RATE), RATE)


def level_db(sound, at_s, span_s=0.5):
    return 20 * np.log10(np.std(sound[round(at_s * RATE) :][: round(span_s * RATE)]))


def test_a_held_note_is_even_for_as_long_as_it_is_held_and_then_released():
    sound = held(made(), 6)
    levels = [level_db(sound, at_s) for at_s in np.arange(0.5, 5.5, 0.5)]
    assert max(levels) - min(levels) < MAX_STEP_DB
    assert 6 * RATE < sound.size < 7 * RATE
    assert level_db(sound, 6.4, 0.05) < max(levels) - 40


def test_a_held_note_that_decays_goes_on_decaying():
    sound = held(made(decay_db_s=8), 5)
    assert abs(level_db(sound, 2) - level_db(sound, 4) - 16) < 2 * MAX_DECAY_ERROR_DB_S


def test_a_short_note_ends_with_its_release_and_not_with_its_window():
    sound = held(made(), 0.5)
    assert sound.size < (0.5 + RELEASE_S + 0.2) * RATE
    assert level_db(sound, 0.9, 0.05) < level_db(sound, 0.3, 0.05) - 40


def test_a_note_without_a_loop_rings_as_it_is():
    drum = Note(note(decay_db_s=60), None, RATE)
    assert np.array_equal(held(drum, 6), drum.waveform)
    assert np.array_equal(held(drum, 0), drum.waveform)


@pytest.mark.parametrize("held_s", [0, 0.3, 4.0])
def test_parts_of_a_held_note_are_those_of_the_whole(held_s):
    sounding, n_held = made(decay_db_s=5), round(held_s * RATE)
    whole = held(sounding, held_s)
    starts = range(0, whole.size + 10_000, 10_000)
    parts = [sounding.part(n_held, first, first + 10_000) for first in starts]
    assert np.array_equal(np.concatenate(parts), whole)
