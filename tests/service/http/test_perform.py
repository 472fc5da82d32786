"""Melodies through the real application: MIDI files and a recording, in the timbre of a tiny model."""

import io

import mido
import numpy as np
import pytest
import soundfile

Z = "0.1,0.2,0.3,0.4"
RATE = 8000
ONSET_TOLERANCE_S = 0.005


def midi(*messages, ticks_per_beat=480):
    file = mido.MidiFile(ticks_per_beat=ticks_per_beat)
    file.tracks.append(mido.MidiTrack(messages))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def note(pitch, rest=480, lasting=240, velocity=100, channel=0):
    """A note on and off; 480 ticks are half a second."""
    return (
        mido.Message("note_on", note=pitch, velocity=velocity, time=rest, channel=channel),
        mido.Message("note_off", note=pitch, time=lasting, channel=channel),
    )


MELODY = midi(*(message for pitch in (60, 62, 64) * 4 for message in note(pitch)))


def sound_of(response, **options):
    assert response.status_code == 200, response.text
    return soundfile.read(io.BytesIO(response.content), dtype="float32", **options)[0]


def onsets_s(waveform):
    """Where sound begins after at least 20 ms of silence."""
    loud = np.flatnonzero(np.abs(waveform) > 0.05 * np.abs(waveform).max())
    return loud[np.diff(loud, prepend=-RATE) > 0.02 * RATE] / RATE


def test_each_note_begins_at_its_time(notes):
    sound = sound_of(notes.post(f"/perform?z={Z}", content=MELODY))
    expected = 0.5 + 0.75 * np.arange(12)
    found = onsets_s(sound)
    assert len(found) == 12
    assert np.abs(found - expected).max() < ONSET_TOLERANCE_S


def test_a_wav_and_pcm_have_the_length_that_they_promise_and_the_same_samples(notes):
    wav = notes.post(f"/perform?z={Z}", content=MELODY)
    pcm = notes.post(f"/perform?z={Z}&format=pcm", content=MELODY)
    assert int(wav.headers["content-length"]) == len(wav.content)
    assert int(pcm.headers["content-length"]) == len(pcm.content) == len(wav.content) - 44
    assert wav.content[44:] == pcm.content


def test_ogg_is_the_same_sound_and_has_the_same_bytes_again(notes):
    first, second = (notes.post(f"/perform?z={Z}&format=ogg", content=MELODY) for _ in range(2))
    assert first.content == second.content
    wav = sound_of(notes.post(f"/perform?z={Z}", content=MELODY))
    assert sound_of(first).size == wav.size


def test_a_form_may_carry_the_file_and_accept_may_choose_the_format(notes):
    files = {"audio": ("melody.mid", MELODY)}
    response = notes.post(f"/perform?z={Z}", files=files, headers={"Accept": "audio/ogg"})
    assert response.headers["content-type"] == "audio/ogg"
    assert response.headers["tonespace-notes"] == "12"


def test_the_tempo_may_change(notes):
    slower = mido.MetaMessage("set_tempo", tempo=1_000_000)
    sound = sound_of(notes.post(f"/perform?z={Z}", content=midi(*note(60), slower, *note(60))))
    assert onsets_s(sound) == pytest.approx([0.5, 1.75], abs=ONSET_TOLERANCE_S)


def test_pitches_beyond_the_model_are_moved_by_octaves(notes):
    low, inside = (notes.post(f"/perform?z={Z}", content=midi(*note(pitch))) for pitch in (48, 60))
    assert low.content == inside.content


def test_the_pitch_is_known_by_its_unit_and_not_by_its_name(notes):
    asked = f"/perform?format=pcm&z={Z}"
    assert (
        notes.post(f"{asked}&model=tones", content=MELODY).content
        == notes.post(asked, content=MELODY).content
    )


def test_softer_notes_are_softer(notes):
    soft, loud = (
        sound_of(notes.post(f"/perform?z={Z}", content=midi(*note(60, velocity=v)))) for v in (40, 80)
    )
    assert np.abs(loud).max() == pytest.approx(4 * np.abs(soft).max(), rel=0.02)


def test_percussion_is_left_out_and_reported(notes, refused):
    both = notes.post(f"/perform?z={Z}", content=midi(*note(60), *note(38, channel=9)))
    assert (both.headers["tonespace-notes"], both.headers["tonespace-notes-left-out"]) == ("1", "1")
    refused(notes.post("/perform", content=midi(*note(38, channel=9))), 422, "no-notes")


def test_a_recording_of_one_voice_is_played_as_notes(notes, make_sound):
    pytest.importorskip("swift_f0")
    t = np.arange(16_000) / 16_000
    partials = [(440 * 2 ** ((pitch - 69) / 12), range(1, 7)) for pitch in (60, 64)]
    tones = [sum(0.2 / k * np.sin(2 * np.pi * k * hz * t) for k in ks) * (t < 0.8) for hz, ks in partials]
    upload = make_sound(np.concatenate(tones).astype(np.float32), 16_000)
    response = notes.post(f"/perform?z={Z}", content=upload)
    assert response.headers["tonespace-notes"] == "2"
    assert onsets_s(sound_of(response)) == pytest.approx([0, 1], abs=0.05)


@pytest.mark.parametrize(
    "content",
    [
        b"MThd",
        MELODY[:20],
        MELODY[:60],
        b"MThd" + bytes(200),
        MELODY[:12] + b"\x00\x00" + MELODY[14:],
        MELODY[:12] + b"\xe7\x28" + MELODY[14:],
    ],
    ids=["no head", "cut head", "cut track", "zeros", "no ticks in a beat", "frames"],
)
def test_a_damaged_midi_file_is_refused(notes, refused, content):
    refused(notes.post("/perform", content=content), 422, "unreadable-midi")


@pytest.mark.parametrize(
    "content",
    [
        lambda: MELODY + bytes(300_000),
        lambda: midi(*note(60, rest=2**27)),
        lambda: midi(*(message for _ in range(20_100) for message in note(60, 1, 1))),
    ],
    ids=["bytes", "hours", "notes"],
)
def test_a_midi_file_that_is_too_long_is_refused(notes, refused, content):
    refused(notes.post("/perform", content=content()), 422, "melody-too-long")


@pytest.mark.parametrize(
    ("query", "status", "slug"),
    [
        ("model=plain", 422, "unpitched-model"),
        ("label=instrument:kazoo", 422, "unknown-label-value"),
        ("z=1,2", 422, "latent-shape"),
        ("z=a,b", 422, "invalid-request"),
        (f"z={Z}&seed=1", 422, "invalid-request"),
        ("format=mp3", 422, "invalid-request"),
    ],
)
def test_what_is_no_timbre_is_refused(notes, refused, query, status, slug):
    refused(notes.post(f"/perform?{query}", content=MELODY), status, slug)
