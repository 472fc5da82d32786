"""What a folder of recordings may hold, and what is left out of it with which words."""

import os
import shutil
from pathlib import Path

import pytest

from audio.formats import EXTENSIONS
from training.data.folder import find_recordings, path_below
from training.errors import RecordingsError


@pytest.fixture
def put(folder):
    """Empty files under the folder: their names count here, not their sound."""

    def write(*names):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(name.encode())

    return write


def names(folder):
    return [recording.name for recording in find_recordings(folder).recordings]


def test_recordings_lie_in_nested_folders_with_any_names(folder, put):
    written = ["a.wav", "deep/er/b.WAV", "Große Trommel/tief & laut (2).flac", "日本/鼓.ogg"]
    put(*written)
    assert sorted(names(folder)) == sorted(written)


@pytest.mark.parametrize("extension", sorted(EXTENSIONS))
def test_every_extension_that_the_reader_reads_counts(extension, folder, put):
    put(f"kick/1{extension}", f"kick/2{extension.upper()}")
    assert names(folder) == [f"kick/1{extension}", f"kick/2{extension.upper()}"]


def test_hidden_files_and_folders_never_count(folder, put):
    put("kick/1.wav", "kick/._1.wav", "._kick.wav", ".trash/2.wav", "__MACOSX/kick/._1.wav", ".DS_Store")
    found = find_recordings(folder)
    assert names(folder) == ["kick/1.wav"]
    assert (found.left_out, found.notes()) == ([], [])


def test_files_of_other_kinds_are_counted_by_their_extension(folder, put):
    put("kick/1.wav", "notes.txt", "more.TXT", "song.mid", "LICENSE")
    assert find_recordings(folder).notes() == [
        "Files that are no sounds by their extension are passed over: 1 without extension, 1 .mid, 2 .txt."
    ]


def test_class_folders_may_be_links(folder, put, tmp_path):
    put("kick/1.wav")
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(folder / "kick/1.wav", tmp_path / "elsewhere/2.wav")
    (folder / "snare").symlink_to(tmp_path / "elsewhere")
    (folder / "kick" / "linked.wav").symlink_to(tmp_path / "elsewhere" / "2.wav")
    found = find_recordings(folder)
    assert [r.name for r in found.recordings] == ["kick/1.wav", "snare/2.wav"]
    assert found.notes() == ["Links to what is read under another name are passed over: 1."]


def test_links_in_a_circle_end(folder, put):
    put("kick/1.wav")
    (folder / "kick" / "again").symlink_to(folder)
    (folder / "a copy").symlink_to(folder / "kick")
    (folder / "itself.wav").symlink_to(folder / "itself.wav")
    found = find_recordings(folder)
    assert [r.name for r in found.recordings] == ["kick/1.wav"]
    assert found.repeated == 2
    assert [(name, "too many" in reason.lower()) for name, reason in found.left_out] == [("itself.wav", True)]


def test_a_link_that_leads_nowhere_is_left_out(folder, put):
    put("kick/1.wav")
    (folder / "kick" / "2.wav").symlink_to(folder / "gone.wav")
    (folder / "snare").symlink_to(folder / "gone")
    assert find_recordings(folder).left_out == [
        ("kick/2.wav", "the link leads nowhere"),
        ("snare", "the link leads nowhere"),
    ]


def test_a_folder_that_cannot_be_read_is_left_out_and_named(open_folder, as_nobody):
    for kind in ("kick", "snare"):
        (open_folder / kind).mkdir()
        (open_folder / kind / "1.wav").write_bytes(b"sound")
    (open_folder / "snare").chmod(0)
    with as_nobody():
        found = find_recordings(open_folder)
    (open_folder / "snare").chmod(0o755)
    assert [r.name for r in found.recordings] == ["kick/1.wav"]
    assert found.left_out == [("snare", "it cannot be read: Permission denied")]


def test_the_whole_folder_cannot_be_read(open_folder, as_nobody):
    (open_folder / "closed").mkdir(mode=0)
    with as_nobody(), pytest.raises(RecordingsError, match=r"closed cannot be read: Permission denied$"):
        find_recordings(open_folder / "closed")


def test_a_name_that_is_not_utf_8_is_left_out_in_letters_that_can_be_printed(folder, put):
    put("kick/1.wav")
    Path(os.fsdecode(os.fsencode(folder) + b"/kick/gro\xdf.wav")).write_bytes(b"sound")
    found = find_recordings(folder)
    assert [r.name for r in found.recordings] == ["kick/1.wav"]
    assert found.left_out == [("kick/gro\\xdf.wav", "its name is not UTF-8: rename it")]


def test_a_pipe_with_the_name_of_a_sound_is_left_out(folder, put):
    put("kick/1.wav")
    os.mkfifo(folder / "kick" / "2.wav")
    assert find_recordings(folder).left_out == [("kick/2.wav", "it is no regular file")]


def test_a_recording_is_found_again_by_its_name(folder, put):
    put("Größe/größe.wav")
    (recording,) = find_recordings(folder).recordings
    assert path_below(folder, recording.name).read_bytes() == recording.path.read_bytes()


def test_a_folder_without_recordings_says_which_extensions_count(folder, put):
    put("notes.txt")
    with pytest.raises(RecordingsError, match=r"holds no recording: no file's extension is one of .*\.wav"):
        find_recordings(folder)
