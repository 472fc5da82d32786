"""Drum hits are sorted by what their names say."""

import numpy as np
import pytest
import soundfile

from tests.training.data.soundfonts import soundfont
from training.data.drums import DRUM_BANK, KINDS, PERCUSSION, TUNINGS, kind_of, save_drums
from training.errors import RecordingsError

RATE = 44_100


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("bd_808.flac", "kick"),
        ("EE_Kick_Hard_1.flac", "kick"),
        ("drum_snare_hard.flac", "snare"),
        ("Kit 1/sd_08.wav", "snare"),
        ("Snares/01.wav", "snare"),
        ("EE_Hat_Op_Dirty.flac", "open-hat"),
        ("hhopen_01.flac", "open-hat"),
        ("EE_Hat_Cl_Dirty.flac", "closed-hat"),
        ("Hard_CHH_02.flac", "closed-hat"),
        ("HandClap-Hard.flac", "clap"),
        ("floortom_04.flac", "tom"),
        ("TomHigh-0.flac", "tom"),
        ("crash_03.flac", "crash"),
        ("Ride Bell.wav", "ride"),
        ("drum_cowbell.flac", "bell"),
        ("Djembe3 Slap.wav", "hand-drum"),
        ("tabla_ghe1.flac", "hand-drum"),
        ("loop_amen.flac", None),
        ("drum_roll.flac", None),
        ("ambi_choir.flac", None),
    ],
)
def test_the_kind_of_a_hit_is_read_from_its_name_or_that_of_its_folder(path, kind):
    assert kind_of(path) == kind


def test_general_midi_names_kinds_that_are_known():
    assert set(PERCUSSION.values()) == set(KINDS)


def hit(path, hz, seconds=0.2):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(seconds * RATE)) / RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.05), RATE)


def test_folders_of_any_layout_become_one_of_kinds(tmp_path):
    source = tmp_path / "My Kit"
    hit(source / "Acoustic/BD 1.wav", 60)
    hit(source / "Acoustic/BD 2.wav", 60)  # the same sound again
    hit(source / "snare.flac", 200)
    hit(source / "voice.wav", 300)
    hit(source / "kick long.wav", 80, seconds=12)
    (source / "tom.wav").write_bytes(b"damaged")
    assert save_drums(tmp_path / "drums", [source], None) == {"kick": 1, "snare": 1}
    files = sorted(p.relative_to(tmp_path / "drums").as_posix() for p in tmp_path.glob("drums/**/*.flac"))
    assert files == ["kick/acoustic/bd-1.flac", "snare/my-kit/snare.flac"]
    waveform, rate = soundfile.read(tmp_path / "drums" / files[0])
    assert rate == RATE
    assert np.abs(waveform).max() > 0.3


def test_what_is_left_out_is_listed_with_reasons_and_what_is_passed_over_is_counted(tmp_path, caplog):
    source = tmp_path / "kit"
    hit(source / "bd1.wav", 60)
    hit(source / "bd2.wav", 60)
    hit(source / "voice.wav", 300)
    hit(source / "snare loop.wav", 200)
    hit(source / "kick long.wav", 80, seconds=12)
    (source / "tom.wav").write_bytes(b"damaged")
    soundfile.write(source / "ride.wav", np.full(RATE, 5e-4), RATE)
    (source / "kit.xml").write_text("<kit/>", encoding="utf-8")
    save_drums(tmp_path / "drums", [source], None)
    reported, *lines = caplog.messages[0].splitlines()
    assert reported == "3 of 7 recordings cannot be used and are left out:"
    assert [line.partition(":")[0].strip() for line in lines] == ["kick long.wav", "ride.wav", "tom.wav"]
    assert "at most 10 s are accepted" in lines[0]
    assert "its peak lies below 0.001 of full scale" in lines[1]
    assert "The audio cannot be read" in lines[2]
    assert sorted(caplog.messages[1:]) == [
        "Files that are no sounds by their extension are passed over: 1 .xml.",
        "Passed over, since their names say no kind, or a loop: 2.",
        "Passed over, since they are equal to another hit: 1.",
    ]


def test_a_cut_off_recording_is_used_and_reported(tmp_path, caplog):
    source = tmp_path / "kit"
    hit(source / "kick.wav", 60)
    whole = (source / "kick.wav").read_bytes()
    (source / "kick.wav").write_bytes(whole[: len(whole) // 2])
    assert save_drums(tmp_path / "drums", [source], None) == {"kick": 1}
    assert caplog.messages == ["Cut off or damaged, and used as far as they can be read: kick.wav."]


def test_hits_of_one_name_in_two_folders_of_a_kit_are_both_kept(tmp_path):
    hit(tmp_path / "in/Kit/hard/kick.wav", 60)
    hit(tmp_path / "in/Kit/soft/kick.wav", 70)
    assert save_drums(tmp_path / "drums", [tmp_path / "in"], None) == {"kick": 2}
    assert sorted(path.name for path in tmp_path.glob("drums/kick/kit/*")) == [
        "hard-kick.flac",
        "soft-kick.flac",
    ]


def test_when_nothing_can_be_used_the_error_does_not_blame_names_alone(tmp_path):
    hit(tmp_path / "in/kick.wav", 80, seconds=12)
    with pytest.raises(RecordingsError, match="or what says one cannot be used"):
        save_drums(tmp_path / "drums", [tmp_path / "in"], None)


def test_names_that_say_no_kind_are_an_error(tmp_path):
    hit(tmp_path / "in/voice.wav", 300)
    with pytest.raises(RecordingsError, match="no name says"):
        save_drums(tmp_path / "drums", [tmp_path / "in"], None)


def test_without_a_source_there_is_nothing_to_collect(tmp_path):
    with pytest.raises(RecordingsError, match="--from"):
        save_drums(tmp_path / "drums", [], None)


def test_hits_of_a_soundfont_that_are_equal_are_written_once_and_counted(tmp_path, caplog):
    pytest.importorskip("tinysoundfont")
    (tmp_path / "kit.sf2").write_bytes(soundfont(0, DRUM_BANK))  # a tone at every key
    counts = save_drums(tmp_path / "drums", [], tmp_path / "kit.sf2")
    n_equal = len(PERCUSSION) * len(TUNINGS) - sum(counts.values())
    assert n_equal > 0  # two semitones higher, a key is the next but one
    assert caplog.messages == [f"Passed over, since they are equal to another hit: {n_equal}."]
