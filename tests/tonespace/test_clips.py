"""encode, reconstruct, again: files, folders and pipes."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio import formats
from audio.files import write_audio
from tonespace.answers import Encoded, Sound
from tonespace.cli import folders
from tonespace.cli.output import likeliest, print_encoded, summary

TAGGED = ["wav", "wav-float", "flac", "ogg", "mp3"]


def test_a_clip_is_encoded_from_a_file_and_from_a_pipe(tonespace, wav):
    Path("clip.wav").write_bytes(wav)
    (record,) = tonespace("encode", "clip.wav", "--json").records
    assert (record["file"], record["model"], len(record["z_mean"])) == ("clip.wav", "voices", 4)
    (piped,) = tonespace("encode", "-", "--json", stdin=wav).records
    assert piped == record | {"file": "-"}
    text = tonespace("encode", "clip.wav").text
    assert text.startswith("clip.wav  voices@2, digit ")
    assert text.splitlines()[1].startswith("  z ")


def test_a_clip_that_is_unlike_the_training_data_is_named_as_such(capsys):
    unlike = Encoded(
        "voices",
        1,
        [0.0],
        None,
        {"digit": {"9": 1.0}},
        -6.0,
        1.0,
        0.0,
        False,
        True,
        None,
        {"familiar": False},
    )
    print_encoded(unlike, "five.wav", as_json=False)
    assert "digit 9 (100%), -6.0 dB, 1.00 s, unlike the training data, so the labels can be wrong\n" in (
        capsys.readouterr().out
    )


def test_a_number_between_two_values_is_told_as_both():
    labels = {"instrument": {"flute": 0.9, "oboe": 0.1}, "pitch": {"59": 0.5, "61": 0.5, "62": 0.0}}
    assert likeliest(labels, with_weight=False) == ["instrument flute", "pitch 59 and 61"]
    assert likeliest(labels, with_weight=True) == ["instrument flute (90%)", "pitch 59 (50%) and 61 (50%)"]


def test_the_second_to_begin_at_is_chosen_and_reported(tonespace, wav):
    Path("clip.wav").write_bytes(wav)
    assert ", from 0.05 s" in tonespace("encode", "clip.wav", "--start-s", "0.05").text
    (replica,) = tonespace("reconstruct", "clip.wav", "--start-s", "0.05", "--json").records
    assert replica["offset_s"] == pytest.approx(0.05, abs=1e-3)


def test_a_file_that_is_cut_short_is_read_and_reported(tonespace, wav):
    Path("clip.wav").write_bytes(wav[:-1000])
    assert tonespace("encode", "clip.wav").text.splitlines()[0].endswith(", the file is cut short or damaged")
    replica = tonespace("reconstruct", "clip.wav", "--start-s", "0.02").text
    assert replica.endswith(" dB from the original, from 0.02 s, the file is cut short or damaged\n")


def test_a_channel_that_is_taken_alone_is_reported(tonespace, clip):
    soundfile.write("clip.wav", np.stack([clip, -1.2 * clip], axis=1), 8000, "FLOAT")
    for verb in ("encode", "reconstruct"):
        assert ", channel 2 alone" in tonespace(verb, "clip.wav").text


def test_a_pipe_goes_through_encode_and_generate(tonespace, wav):
    encoded = tonespace("encode", "-", "--json", stdin=wav).stdout
    made = tonespace("generate", "-", "-o", "-", stdin=encoded)
    assert made.stdout.startswith(b"RIFF")


@pytest.mark.parametrize("where", [[], ["--local"]])
def test_a_bad_file_stops_no_other_and_is_reported_at_the_end(tonespace, folder, where):
    finished = tonespace("reconstruct", folder, "-o", "out", "--format", "flac", *where)
    assert finished.status == 1
    made = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file())
    assert made == ["a.flac", "b.flac", "deep/c.flac"]
    assert len(finished.text.splitlines()) == 3
    left_out, head, reason = finished.stderr.splitlines()
    assert left_out == f"Left out, not named like a sound file: {folder}/notes.txt."
    assert head == "1 of 4 failed:"
    assert reason.startswith(f"  {folder}/bad.flac: The audio cannot be read: ")


def test_a_file_that_cannot_be_read_or_written_stops_no_other(tonespace, folder):
    (folder / "bad.flac").unlink()
    (folder / "notes.txt").unlink()
    Path("out").mkdir()
    Path("out/deep").write_text("in the way")
    finished = tonespace("reconstruct", folder, "-o", "out")
    assert finished.status == 1
    assert finished.stderr == f"1 of 3 failed:\n  {folder}/deep/c.WAV: out/deep: File exists\n"


def test_a_second_time_only_what_is_missing_is_made(tonespace, folder):
    (folder / "bad.flac").unlink()
    (folder / "notes.txt").unlink()
    assert tonespace("reconstruct", folder, "-o", "out").status == 0
    Path("out/a.wav").unlink()
    Path("out/b.wav").write_bytes(b"kept")
    finished = tonespace("reconstruct", folder, "-o", "out")
    assert finished.status == 0
    assert finished.stderr == "2 of 3 were already there and were not replaced; --force replaces them.\n"
    assert Path("out/a.wav").exists()
    assert Path("out/b.wav").read_bytes() == b"kept"
    assert tonespace("reconstruct", folder, "-o", "out", "--force").status == 0
    assert Path("out/b.wav").read_bytes().startswith(b"RIFF")


def test_files_that_differ_in_their_endings_alone_do_not_replace_each_other(tonespace, folder, clip):
    (folder / "bad.flac").unlink()
    (folder / "a.flac").write_bytes(write_audio(clip, 8000, "flac"))
    assert tonespace("reconstruct", folder, "-o", "out").status == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.flac.wav", "a.wav.wav", "b.wav", "deep"]


def test_files_of_one_name_in_two_folders_do_not_replace_each_other(tonespace, folder, wav):
    (folder / "deep/a.wav").write_bytes(wav)
    clips = (folder / "a.wav", folder / "deep/a.wav", folder / "b.wav")
    assert tonespace("reconstruct", *clips, "-o", "out", "--force").status == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.wav-2.wav", "a.wav.wav", "b.wav"]


def test_json_of_a_folder_is_an_object_a_line(tonespace, folder):
    encoded = tonespace("encode", folder, "--json", "--jobs", 1)
    assert encoded.status == 1
    assert sorted(r["file"] for r in encoded.records) == [
        f"{folder}/{name}" for name in ("a.wav", "b.wav", "deep/c.WAV")
    ]
    replicas = tonespace("reconstruct", folder, "-o", "out", "--json")
    assert {Path(r["file"]).name for r in replicas.records} == {"a.wav", "b.wav", "c.wav"}
    assert all(r["quality"]["spectral_convergence"] > 0 for r in replicas.records)


def test_what_is_left_out_of_a_folder_is_named_with_its_reason(tonespace, refused, folder, wav):
    (folder / "bad.flac").unlink()
    for i in range(6):
        (folder / f"page-{i}.txt").write_text("not a clip")
    (folder / "gone.wav").symlink_to("nowhere.wav")
    (folder / "._a.wav").write_bytes(b"AppleDouble")
    (folder / ".trash").mkdir()
    (folder / ".trash/old.wav").write_bytes(wav)
    (folder / "deep/loop").symlink_to(folder)
    Path("elsewhere").mkdir()
    Path("elsewhere/d.wav").write_bytes(wav)
    (folder / "linked").symlink_to(Path("elsewhere").resolve())
    finished = tonespace("encode", folder, "--json")
    assert (finished.status, len(finished.records)) == (0, 4)
    assert sorted(finished.stderr.splitlines()) == [
        f"Left out, not a file: {folder}/gone.wav.",
        f"Left out, not named like a sound file: {folder}/notes.txt, "
        + ", ".join(f"{folder}/page-{i}.txt" for i in range(4))
        + " and 2 more.",
    ]
    Path("texts").mkdir()
    Path("texts/a.txt").write_text("not a clip")
    assert refused("encode", "texts") == (
        "texts holds no sound files. Left out, not named like a sound file: texts/a.txt."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tonespace, folder):
    (folder / "deep").chmod(0)
    left_out = tonespace("encode", folder).stderr.splitlines()
    assert f"Left out, Permission denied: {folder}/deep." in left_out
    (folder / "deep").chmod(0o755)


@pytest.mark.parametrize("ending", ["m4a", "aiff", "webm", "WAVE"])
def test_the_service_decides_which_sound_files_it_reads(tonespace, folder, wav, ending):
    for file in folder.glob("*.*"):
        file.unlink()
    (folder / f"a.{ending}").write_bytes(wav)
    assert len(tonespace("encode", folder, "--json").records) == 2


def test_training_and_command_line_find_files_by_the_same_extensions():
    assert folders.EXTENSIONS == formats.EXTENSIONS


def test_a_missing_service_is_reported_once_and_not_for_every_file(refused, folder):
    (folder / "notes.txt").unlink()
    message = refused("encode", folder, "--server", "http://127.0.0.1:1", status=3)
    assert message.startswith("No service answers at http://127.0.0.1:1: ")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["encode", "nowhere.wav"], 1, "nowhere.wav is not there."),
        (["encode", "empty"], 1, "empty holds no sound files."),
        (["encode", "text.wav"], 1, "The audio cannot be read"),
        (["reconstruct", "empty", "text.wav", "-o", "out"], 1, "empty holds no sound files"),
        (["reconstruct", "text.wav", "text.wav"], 2, "name a folder for the replicas with --output"),
        (["reconstruct", "text.wav", "text.wav", "-o", "text.wav"], 2, "several files, name a folder"),
        (["again", "nowhere.wav"], 1, "nowhere.wav: No such file or directory"),
        (["again", "text.wav"], 1, "The file contains no recipe"),
    ],
)
def test_what_goes_wrong_is_a_sentence(refused, arguments, status, message):
    Path("empty").mkdir()
    Path("text.wav").write_text("not audio")
    assert message in refused(*arguments, status=status)


@pytest.mark.parametrize(
    ("audio_format", "where"), [*((audio_format, []) for audio_format in TAGGED), ("wav", ["--local"])]
)
@pytest.mark.parametrize(
    "command",
    [
        ["sample", "--label", "digit:7"],
        ["generate", "1,2,3,4"],
        ["morph", "clip.wav", "0.1,0.2,0.3,0.4", "--steps", "3"],
        ["reconstruct", "clip.wav"],
    ],
    ids=lambda command: command[0],
)
def test_a_file_is_made_again_from_itself_byte_for_byte(tonespace, wav, command, audio_format, where):
    Path("clip.wav").write_bytes(wav)
    Path("made").mkdir()
    assert tonespace(*command, "--format", audio_format, "-o", "made").status == 0
    (made,) = Path("made").iterdir()
    upload = ["--upload", "clip.wav"] if command[0] == "reconstruct" else []
    finished = tonespace("again", made, "-o", "-", *upload, *where)
    assert finished.stdout == made.read_bytes(), finished.stderr
    assert finished.status == 0
    assert f"{made} was made again, byte for byte.\n" in finished.stderr


def test_a_replica_is_made_again_from_its_upload_alone(tonespace, refused, wav):
    Path("clip.wav").write_bytes(wav)
    tonespace("reconstruct", "clip.wav", "-o", "replica.wav")
    needed = refused("again", "replica.wav")
    assert needed.startswith("A replica is made again from its upload, the file ")
    assert needed.endswith(f"with SHA-256 {hashlib.sha256(wav).hexdigest()}. Name it with --upload CLIP.")
    assert "another upload" in refused("again", "replica.wav", "--upload", "replica.wav")


def test_other_bytes_have_an_exit_status_of_their_own(tonespace):
    tonespace("sample", "--seed", 7, "-o", "sampled.wav")
    data = Path("sampled.wav").read_bytes()
    Path("sampled.wav").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    finished = tonespace("again", "sampled.wav", "--json")
    assert (finished.status, finished.records[0]["identical"]) == (4, False)
    assert finished.records[0]["recipe"]["query"]["seed"] == 7
    assert tonespace("again", "-", stdin=data).stderr == "- was made again, byte for byte.\n"


def test_again_keeps_the_new_file_where_that_is_asked_for(tonespace, refused):
    tonespace("sample", "--seed", 7, "-o", "sampled.wav")
    assert tonespace("again", "sampled.wav", "-o", "new.wav").status == 0
    assert Path("new.wav").read_bytes() == Path("sampled.wav").read_bytes()
    assert "new.wav is already there" in refused("again", "sampled.wav", "-o", "new.wav")


def test_a_recipe_of_another_model_is_refused_by_the_service(refused):
    recipe = {"path": "/sample", "query": {"model": "gone@1", "seed": 7}}
    Path("gone.wav").write_bytes(write_audio(np.ones(9, np.float32), 8000, "wav", recipe))
    assert "There is no model 'gone@1'" in refused("again", "gone.wav")


def test_a_sample_that_no_clip_has_the_labels_of_says_what_it_is_converted_from():
    sound = Sound(b"", "wav", "tones@4", 44_100, labels={"pitch": {"84": 1.0}}, nearest={"pitch": "54"})
    assert summary(sound) == "tones@4, pitch 84, converted from pitch 54"
