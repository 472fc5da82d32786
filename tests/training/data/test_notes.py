"""Notes of a SoundFont that the test writes: one sine of a second, looped, as program 73."""

import numpy as np
import pytest
import soundfile

from tests.training.data.soundfonts import RATE, soundfont
from training.data.notes import Notes, melodic_instruments, named, save_notes
from training.errors import RecordingsError
from training.options import parse

FLUTE = 73
NOTES = Notes(pitches=(59, 69, 81), velocities=(40, 120), hold_s=0.4, release_s=0.1)


@pytest.fixture
def flute(tmp_path):
    pytest.importorskip("tinysoundfont")
    path = tmp_path / "flute.sf2"
    path.write_bytes(soundfont(FLUTE))
    return path


def test_every_note_of_an_instrument_lies_under_its_name_and_sounds_at_its_pitch(flute, tmp_path):
    instruments = named(melodic_instruments(), ["flute"])
    assert save_notes(tmp_path / "notes", flute, instruments, NOTES) == 4  # 59 is below a flute
    files = sorted(p.relative_to(tmp_path / "notes").as_posix() for p in tmp_path.rglob("*.flac"))
    assert files == [f"pipe/flute/{p}-{v}.flac" for p in (69, 81) for v in (120, 40)]
    for pitch in (69, 81):
        waveform, rate = soundfile.read(tmp_path / f"notes/pipe/flute/{pitch}-120.flac")
        assert (rate, len(waveform)) == (RATE, RATE // 2)
        held = waveform[: int(0.4 * RATE)] * np.hanning(int(0.4 * RATE))
        loudest_hz = np.abs(np.fft.rfft(held)).argmax() * RATE / len(held)
        assert abs(loudest_hz - 440 * 2 ** ((pitch - 69) / 12)) < 3


def test_a_higher_velocity_is_louder(flute, tmp_path):
    save_notes(tmp_path, flute, named(melodic_instruments(), ["flute"]), NOTES)
    soft, loud = (np.abs(soundfile.read(tmp_path / f"pipe/flute/69-{v}.flac")[0]).max() for v in (40, 120))
    assert loud > 2 * soft > 0


def test_programs_that_the_soundfont_lacks_are_left_out(flute, tmp_path):
    both = named(melodic_instruments(), ["violin", "flute"])
    assert save_notes(tmp_path / "notes", flute, both, NOTES) == 4
    assert {path.parent.name for path in tmp_path.rglob("*.flac")} == {"flute"}


@pytest.mark.parametrize(("name", "pitches"), [("violin", (69,)), ("flute", (30,))])
def test_where_no_note_is_left_a_sentence_says_so(flute, tmp_path, name, pitches):
    with pytest.raises(RecordingsError, match=r"no note was written: .*flute\.sf2 has no sound"):
        save_notes(tmp_path, flute, named(melodic_instruments(), [name]), NOTES._replace(pitches=pitches))


def test_a_soundfont_that_is_not_there_is_told_where_to_get(tmp_path):
    pytest.importorskip("tinysoundfont")
    with pytest.raises(RecordingsError, match="apt install fluid-soundfont-gm"):
        save_notes(tmp_path, tmp_path / "none.sf2", melodic_instruments(), NOTES)


def test_a_file_that_is_no_soundfont_is_refused(tmp_path):
    pytest.importorskip("tinysoundfont")
    (tmp_path / "text.sf2").write_bytes(b"no SoundFont" * 100)
    with pytest.raises(RecordingsError, match=r"text\.sf2 is no SoundFont"):
        save_notes(tmp_path, tmp_path / "text.sf2", melodic_instruments(), NOTES)


def test_an_unknown_instrument_is_answered_with_the_known_names():
    with pytest.raises(RecordingsError, match=r"no instrument kazoo: .*acoustic-grand-piano.*flute"):
        named(melodic_instruments(), ["flute", "kazoo"])


def test_instruments_have_names_of_their_own_and_a_range():
    instruments = melodic_instruments()
    assert len({i.name for i in instruments}) == len({i.program for i in instruments}) == len(instruments)
    assert all(0 <= i.lowest < i.highest <= 127 for i in instruments)


def test_pitches_are_given_as_ranges_or_one_by_one():
    options = parse(["notes", "--pitches", "36-38,60", "--velocities", "64"])
    assert (options.pitches, options.velocities) == ((36, 37, 38, 60), (64,))


@pytest.mark.parametrize("pitches", ["", "a-b", "60-", "128", "0-9999999999999"])
def test_pitches_that_are_no_midi_notes_are_refused(pitches, capsys):
    with pytest.raises(SystemExit):
        parse(["notes", "--pitches", pitches])
    assert "MIDI" in (error := capsys.readouterr().err) or "form" in error


@pytest.mark.parametrize("option", ["--hold", "--release"])
@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "1e9", "long"])
def test_times_that_are_none_are_refused(option, seconds, capsys):
    with pytest.raises(SystemExit):
        parse(["notes", f"{option}={seconds}"])
    assert f"{seconds} is not a time: 0.01 to 60 seconds" in capsys.readouterr().err
