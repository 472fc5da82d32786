"""Labels come from a table beside the names, or in place of them."""

import numpy as np
import pytest

from training.data.dataset import load_prepared, prepare, read_clips
from training.errors import RecordingsError

NUMBERS = 'data.numbers={pitch="MIDI note"}'


@pytest.fixture
def folder(tmp_path, tone):
    for i in range(6):
        tone(tmp_path / "notes" / f"{i}.wav", 400 + 40 * i, seed=i)
    return tmp_path / "notes"


@pytest.fixture
def noted(tiny, folder, tmp_path):
    """The tiny experiment on notes whose labels stand in a table."""

    def config(text):
        (tmp_path / "pitches.csv").write_text(text, encoding="utf-8")
        return tiny(
            f"data.recordings={folder}",
            f"data.labels_file={tmp_path / 'pitches.csv'}",
            "data.pattern={take}",
            "data.labels=['pitch']",
            NUMBERS,
            "data.test={fraction=0.01}",
            "data.validation={fraction=0.2}",
        )

    return config


TABLE = """\
file,pitch,cents,left_out
0.wav,60,-20,
1.wav,60,10,
2.wav,61,,
3.wav,62,0,
4.wav,,,unsure
5.wav,100,,
"""


def by_file(path):
    found = {}
    for split in load_prepared(path).values():
        for i, file in enumerate(split.files):
            found[file] = (split.values["pitch"][split.labels["pitch"][i]], float(split.cents[i]))
    return found


def test_labels_and_cents_come_from_the_table(noted):
    assert by_file(prepare(noted(TABLE))) == {
        "0.wav": ("60", -20.0),
        "1.wav": ("60", 10.0),
        "2.wav": ("61", 0.0),
        "3.wav": ("62", 0.0),
        "5.wav": ("100", 0.0),
    }


def test_numbers_are_in_their_order(noted):
    values = load_prepared(prepare(noted(TABLE)))["train"].values["pitch"]
    assert values == ("60", "61", "62", "100")


def test_what_the_table_leaves_out_is_reported_and_no_fault(noted, caplog):
    prepare(noted(TABLE), limit=0.0)
    assert "pitches.csv leaves out 1: 4.wav." in caplog.text


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (TABLE.replace("5.wav,100,,\n", ""), "5.wav: .*pitches.csv has no row of it"),
        (TABLE.replace("62", ""), "3.wav: .*pitches.csv has no pitch of it"),
        (TABLE.replace("62", "C4"), "3.wav: its pitch C4 is no number"),
        (TABLE.replace("-20", "flat"), "0.wav: its cents flat is no number"),
    ],
)
def test_a_recording_without_its_labels_cannot_be_used(noted, table, reason):
    with pytest.raises(RecordingsError, match=reason):
        prepare(noted(table), limit=0.0)


def test_another_table_makes_the_arrays_anew(noted):
    first = prepare(noted(TABLE))
    assert prepare(noted(TABLE)) == first
    assert prepare(noted(TABLE.replace("-20", "-30"))) != first


def test_clips_to_adapt_with_take_their_labels_from_the_table(noted, folder, tmp_path):
    config = noted(TABLE)
    clips = read_clips(folder, None, config.spectrogram, labels_file=tmp_path / "pitches.csv")
    assert clips.files == ("0.wav", "1.wav", "2.wav", "3.wav", "5.wav")
    assert clips.fields[0]["pitch"] == "60"
    assert clips.fields[0]["cents"] == "-20"


def test_cents_stay_with_their_clips(noted):
    whole = load_prepared(prepare(noted(TABLE)))["train"]
    np.testing.assert_array_equal(whole.take(np.array([1])).cents, whole.cents[1:2])
