"""The notes of MIDI files that the tests make."""

import io
import random

import mido
import pytest

from service.errors import MelodyTooLongError, MidiError
from service.sound.midi import MAX_VOICES, read_midi

SECOND = 960  # ticks at 120 beats a minute
PEDAL = 64


def on(note, after=0, velocity=100, channel=0):
    return mido.Message("note_on", note=note, velocity=velocity, time=after, channel=channel)


def off(note, after=0, channel=0):
    return mido.Message("note_off", note=note, time=after, channel=channel)


def pedal(value, after=0):
    return mido.Message("control_change", control=PEDAL, value=value, time=after)


def midi(*tracks, **options):
    file = mido.MidiFile(ticks_per_beat=480, **options)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def notes_of(*tracks):
    return [
        (n.pitch, round(n.onset_s, 6), round(n.held_s, 6), n.velocity) for n in read_midi(midi(*tracks)).notes
    ]


def test_notes_have_onset_length_pitch_and_velocity():
    assert notes_of([on(60, SECOND, 90), off(60, SECOND // 2), on(62), off(62, SECOND)]) == [
        (60, 1, 0.5, 90),
        (62, 1.5, 1, 100),
    ]


def test_a_note_on_of_velocity_0_is_a_note_off():
    assert notes_of([on(60), on(60, SECOND, 0)]) == [(60, 0, 1, 100)]


def test_tracks_play_at_once_and_a_tempo_of_one_track_is_that_of_all():
    tempo = mido.MetaMessage("set_tempo", tempo=250_000)
    assert notes_of([tempo], [on(60, SECOND), off(60, SECOND)]) == [(60, 0.5, 0.5, 100)]


def test_the_pedal_holds_notes_until_it_is_up():
    track = [pedal(127), on(60), off(60, SECOND), on(64), off(64, SECOND), pedal(0, SECOND)]
    assert notes_of(track) == [(60, 0, 3, 100), (64, 1, 2, 100)]


def test_a_key_that_is_struck_again_ends_its_note():
    assert notes_of([on(60), on(60, SECOND, 50), off(60, SECOND)]) == [(60, 0, 1, 100), (60, 1, 1, 50)]


def test_a_note_that_never_ends_lasts_until_the_end_of_the_file():
    assert notes_of([on(60), on(62, SECOND), off(62, SECOND)]) == [(60, 0, 2, 100), (62, 1, 1, 100)]


def test_channels_are_apart_and_percussion_is_counted():
    found = read_midi(
        midi([on(60), on(60, 0, channel=1), off(60, SECOND), off(60, 0, channel=1), on(38, 0, channel=9)])
    )
    assert len(found.notes) == 2
    assert found.n_percussion == 1


def test_too_many_notes_at_once_are_refused():
    channels = [c for c in range(3) for _ in range(MAX_VOICES // 2)]
    track = [on(key % 64, channel=channel) for key, channel in enumerate(channels)]
    with pytest.raises(MelodyTooLongError, match="192 notes at once; at most 128"):
        read_midi(midi([*track, pedal(0, SECOND)]))


def test_damaged_files_are_read_or_refused_and_nothing_else():
    whole = midi(
        [mido.MetaMessage("key_signature", key="C"), mido.MetaMessage("time_signature"), pedal(127)],
        [message for key in range(60, 72) for message in (on(key, 10), off(key, 10))],
    )
    n_refused = 0
    for seed in range(2000):
        rng, damaged = random.Random(seed), bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 127, 128, 255, rng.randrange(256)])
        try:
            read_midi(bytes(damaged))
        except (MidiError, MelodyTooLongError):
            n_refused += 1
    assert 0 < n_refused < 2000
