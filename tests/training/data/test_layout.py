"""Labels are found in sub-folders, in names, or in a table of pitches; a sentence says which."""

import pytest

from training.data.layout import layout_of


def test_sub_folders_are_kinds(tmp_path):
    layout = layout_of(tmp_path, ["kick/1.wav", "kick/2.wav", "Snare/a b.wav"])
    assert layout.lines == ['pattern = "{kind}/{take}"', 'labels = ["kind"]']
    assert layout.reasons == ["The labels are the sub-folders: Snare (1), kick (2)."]


def test_labels_are_merged_and_spelled_as_the_data_has_them(tmp_path):
    spellings = ["Gl\u00f6ckchen", "Glo\u0308ckchen", "glo\u0308ckchen", "Kick", "Kick", "kick"]
    layout = layout_of(tmp_path, [f"{kind}/{i}.wav" for i, kind in enumerate(spellings)])
    assert layout.reasons == ["The labels are the sub-folders: Gl\u00f6ckchen (3), Kick (3)."]


def test_the_first_of_deeper_sub_folders_is_the_kind(tmp_path):
    layout = layout_of(tmp_path, ["kick/808/x/1.wav", "snare/909/y/1.wav"])
    assert layout.lines[0] == 'pattern = "{kind}/{folder_2}/{folder_3}/{take}"'


@pytest.mark.parametrize("separator", ["_", "-", " "])
def test_names_that_begin_with_a_kind_are_labels(tmp_path, separator):
    names = [f"{kind}{separator}{i}.wav" for kind in ("kick", "snare") for i in range(3)]
    layout = layout_of(tmp_path, names)
    assert layout.lines[0] == f'pattern = "{{kind}}{separator}{{take}}"'
    assert layout.labels == ["kind"]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["kick/1.wav", "2.wav"], "deeper"),
        (["kick/1.wav", "kick/2.wav"], "one sub-folder"),
        (["kick_1.wav", "kick_2.wav", "snare_1.wav", "3.wav"], "do not begin with a kind"),
        (["my_kick.wav", "loud_hat.wav", "big_bang.wav"], "do not begin with a kind"),
        (["take_1.wav", "take_2.wav", "take_3.wav"], "do not begin with a kind"),
    ],
)
def test_what_is_no_label_of_every_recording_is_none(tmp_path, names, reason):
    layout = layout_of(tmp_path, names)
    assert layout.labels == []
    assert layout.lines == ["labels = []"]
    assert reason in layout.reasons[0]


def test_a_table_of_pitches_in_the_folder_makes_the_pitch_a_label(tmp_path):
    (tmp_path / "pitches.csv").write_text("file,pitch\n", encoding="utf-8")
    layout = layout_of(tmp_path, ["a.wav", "b.wav"])
    assert layout.labels == ["pitch"]
    assert layout.lines[1:] == ['numbers = { pitch = "MIDI note" }', 'labels = ["pitch"]']
    assert str(tmp_path / "pitches.csv") in layout.reasons[1]
