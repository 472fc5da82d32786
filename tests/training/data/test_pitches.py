"""Pitches are read from the sound of notes, and become labels by a table."""

import csv

import numpy as np
import pytest
import soundfile

from training.__main__ import main
from training.data.pitches import RATE_HZ, Pitch, read_pitch, save_pitches

DURATION_S = 0.6
CENT = 0.01  # semitones
STEP = 5 * CENT  # half of what the reader resolves
LEAST = 0.3


def note(midi, n_harmonics=6, rate=RATE_HZ):
    """A decaying note of a few harmonics."""
    t = np.arange(int(DURATION_S * rate)) / rate
    hz = 440 * 2 ** ((midi - 69) / 12)
    tone = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, n_harmonics + 1))
    return (0.3 * tone * np.exp(-3 * t)).astype(np.float32)


def noise():
    return np.random.default_rng(0).normal(0, 0.1, int(DURATION_S * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notes")
    (folder / "low").mkdir()
    soundfile.write(folder / "low" / "one.wav", note(43.2, rate=44_100), 44_100)
    soundfile.write(folder / "two.wav", note(69), RATE_HZ)
    soundfile.write(folder / "hiss.wav", noise(), RATE_HZ)
    soundfile.write(folder / "silence.wav", np.zeros(RATE_HZ), RATE_HZ)
    (folder / "broken.wav").write_bytes(b"no sound")
    return folder


@pytest.fixture(scope="module")
def table(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "pitches.csv"
    n_read, left_out = save_pitches(folder, path, LEAST)
    with path.open(newline="", encoding="utf-8") as file:
        return n_read, left_out, {row["file"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("midi", [33.0, 60.0, 60.37, 84.0])
def test_the_pitch_of_a_note_is_read_between_semitones_too(midi):
    pitch = read_pitch(note(midi), RATE_HZ)
    assert pitch.midi == pytest.approx(midi, abs=STEP + CENT)
    assert pitch.confidence > LEAST


def test_noise_has_no_pitch_that_is_sure():
    pitch = read_pitch(noise(), RATE_HZ)
    assert pitch is None or pitch.confidence < LEAST


def test_a_fade_of_another_pitch_does_not_move_the_pitch():
    sound = np.concatenate([note(60), 0.01 * note(67)[: RATE_HZ // 10]])
    assert read_pitch(sound, RATE_HZ).midi == pytest.approx(60, abs=STEP + CENT)


def test_the_table_names_note_and_cents(table):
    _, _, rows = table
    low = rows["low/one.wav"]
    assert (low["pitch"], low["note"], low["left_out"]) == ("43", "G2", "")
    assert float(low["midi"]) == pytest.approx(43.2, abs=STEP + CENT)
    assert float(low["cents"]) == pytest.approx(20, abs=6)
    assert float(low["confidence"]) > LEAST
    assert rows["two.wav"]["note"] == "A4"


def test_every_recording_is_in_the_table_and_what_is_left_out_has_a_reason(table, folder):
    n_read, left_out, rows = table
    assert set(rows) == {"low/one.wav", "two.wav", "hiss.wav", "silence.wav", "broken.wav"}
    assert n_read == 2
    reasons = dict(left_out)
    assert set(reasons) == {"hiss.wav", "silence.wav", "broken.wav"}
    assert "is silent" in reasons["silence.wav"]
    assert "recognised as WAV" in reasons["broken.wav"]
    assert {name: row["left_out"] for name, row in rows.items() if row["left_out"]} == reasons
    assert (folder / "hiss.wav").exists()


def test_a_higher_confidence_leaves_out_more(folder, tmp_path):
    n_read, left_out = save_pitches(folder, tmp_path / "strict.csv", 0.999)
    assert n_read == 0
    assert any("lies below 0.999" in reason for _, reason in left_out)


def test_a_confidence_is_not_rounded_up_to_the_least_one(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("training.data.pitches.read_pitch", lambda *_: Pitch(60.1, 0.9985))
    _, left_out = save_pitches(folder, tmp_path / "strict.csv", 0.999)
    assert "its confidence of 0.99 lies below 0.999" in {reason for _, reason in left_out}


def test_the_command_writes_the_table_into_the_folder(tmp_path, caplog):
    soundfile.write(tmp_path / "a.wav", note(60), RATE_HZ)
    with caplog.at_level("INFO", logger="training"):
        assert main(["pitches", str(tmp_path)]) == 0
    assert "the pitches of 1 recordings" in caplog.text
    assert "a.wav" in (tmp_path / "pitches.csv").read_text(encoding="utf-8")
