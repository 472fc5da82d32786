"""Names become fields, and spellings that differ in case or Unicode form alone become one label value."""

import unicodedata

import pytest

from training.config_data import DataConfig
from training.data.labels import fields_reader, fields_table, merge_similar, natural_order
from training.errors import RecordingsError


def data(**settings):
    settings = {"pattern": "{kind}/{take}", "labels": ("kind",)} | settings
    return DataConfig.model_validate({"name": "Drums", "recordings": "drums"} | settings)


def kinds(*values):
    return [{"kind": value, "take": str(i)} for i, value in enumerate(values)]


def test_fields_are_what_the_pattern_says():
    read = fields_reader("{kind}/{speaker}_{take}")
    assert read("große Trommel/anna_2.0.wav") == {"kind": "große Trommel", "speaker": "anna", "take": "2.0"}
    assert read("kick/1.wav") is None
    assert read("deep/kick/anna_1.wav") is None
    assert fields_reader(None)("kick/1.wav") == {}


def test_decomposed_names_give_composed_values():
    name = unicodedata.normalize("NFD", "Größe/ä.wav")
    assert not unicodedata.is_normalized("NFC", name)
    assert fields_reader("{kind}/{take}")(name) == {"kind": "Größe", "take": "ä"}
    assert fields_reader(unicodedata.normalize("NFD", "Größe/{take}"))("Größe/1.wav") == {"take": "1"}


def test_values_that_differ_in_case_alone_are_merged_and_reported():
    merged, notes = merge_similar(data(), kinds("Snare", "snare", "snare", "Kick", "STRASSE", "straße"))
    assert [row["kind"] for row in merged] == ["snare", "snare", "snare", "Kick", "straße", "straße"]
    assert [row["take"] for row in merged] == list("012345")
    assert notes[0].startswith('kind: "Snare" (1), "snare" (2) are taken as one value, "snare"')
    assert 'data.similar_labels = "keep"' in notes[0]
    assert len(notes) == 2


def test_the_config_keeps_similar_values_apart():
    rows = kinds("Snare", "snare")
    assert merge_similar(data(similar_labels="keep"), rows) == (rows, [])


def test_fields_that_are_no_labels_are_not_merged():
    rows = [{"kind": "kick", "take": "a"}, {"kind": "kick", "take": "A"}]
    assert merge_similar(data(), rows) == (rows, [])


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        (["10", "9", "2"], ["2", "9", "10"]),
        (["b", "10", "a"], ["10", "a", "b"]),
        (["²", "x", "2"], ["2", "x", "²"]),
    ],
)
def test_numbers_come_first_by_their_size(values, ordered):
    assert sorted(values, key=natural_order) == ordered


def table_of(tmp_path, text):
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_says_fields_of_recordings(tmp_path):
    decomposed = unicodedata.normalize("NFD", "größe.wav")
    path = table_of(tmp_path, f"file,pitch,cents\na/1.wav,60,-12\n{decomposed},61,\n")
    assert fields_table(path) == {
        "a/1.wav": {"file": "a/1.wav", "pitch": "60", "cents": "-12"},
        "größe.wav": {"file": "größe.wav", "pitch": "61"},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [("name,pitch\na.wav,60\n", "without a"), ("file,pitch\na.wav,60\na.wav,61\n", "two rows of a.wav")],
)
def test_a_table_that_names_no_recording_or_one_twice_is_refused(tmp_path, text, reason):
    with pytest.raises(RecordingsError, match=reason):
        fields_table(table_of(tmp_path, text))


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(RecordingsError, match="cannot be read"):
        fields_table(tmp_path / "nowhere.csv")


def test_numbers_with_decimals_are_in_the_order_of_their_size():
    assert sorted(["10.5", "9.5", "-1", "anna", "60"], key=natural_order) == [
        "-1",
        "9.5",
        "10.5",
        "60",
        "anna",
    ]
