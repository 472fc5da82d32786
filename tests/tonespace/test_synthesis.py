"""sample, generate, combine, morph: what a service makes, and what the models here make without one."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tonespace.client import Client

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "sample": ["sample", "--seed", 7, "--label", "digit:7", "--temperature", 0.5],
    "generate": ["generate", "-1,0.5,0,2e-1", "--label", "speaker:theo", "--level-db", -20],
    "combine": ["combine", "CLIP", "1,2,3,4:-0.5", "--label", "digit:7"],
    "morph": ["morph", "-1,0,0,0", "CLIP", "--steps", 3, "--method", "lerp", "--label", "digit:9"],
    "reconstruct": ["reconstruct", "CLIP", "--label", "speaker:theo", "--phase", "input"],
}


@pytest.fixture(params=COMMANDS)
def command(request, tonespace, tmp_path, wav):
    del tonespace  # it has moved here
    (tmp_path / "clip.wav").write_bytes(wav)
    return ["clip.wav" if word == "CLIP" else word for word in COMMANDS[request.param]]


def test_without_a_service_the_bytes_are_the_same(tonespace, command, listen_to):
    assert tonespace(*command, "-o", "asked.wav").status == 0
    assert tonespace(*command, "-o", "made.wav", "--local").status == 0
    assert Path("made.wav").read_bytes() == Path("asked.wav").read_bytes()
    listen_to(Path("made.wav").read_bytes())


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_the_ending_decides_the_format_and_a_pipe_takes_the_same_bytes(tonespace, command, ending, listen_to):
    finished = tonespace(*command, "-o", f"sound.{ending}")
    assert (finished.status, finished.stderr) == (0, "")
    assert finished.text.startswith(f"sound.{ending}  voices@2")
    piped = tonespace(*command, "--output", "-", "--format", ending)
    assert (piped.status, piped.stderr) == (0, "")
    assert piped.stdout == Path(f"sound.{ending}").read_bytes()
    listen_to(piped.stdout)


def test_it_is_the_file_that_the_service_gives(tonespace, running):
    tonespace("sample", "--seed", 7, "-o", "-")
    assert tonespace("sample", "--seed", 7, "-o", "-").stdout == httpx.get(f"{running}/sample?seed=7").content


def test_without_a_path_a_sound_is_named_after_what_it_is(tonespace):
    assert tonespace("sample", "--seed", 7).text.split()[0] == "voices-seed-7.wav"
    assert tonespace("generate", "1,2,3,4", "--format", "flac").text.split()[0] == "voices-generated.flac"
    assert tonespace("morph", "1,2,3,4", "-1,0,0,0", "-m", "plain").text.split()[0] == "plain-morph.wav"


def test_several_are_files_in_a_folder(tonespace):
    drawn = tonespace("sample", "-n", 3, "--seed", 7, "-o", "three", "--json").records
    assert [record["file"] for record in drawn] == [f"three/voices-seed-{seed}.wav" for seed in (7, 8, 9)]
    assert tonespace("sample", "--seed", 8, "-o", "-").stdout == Path(drawn[1]["file"]).read_bytes()
    assert tonespace("generate", "1,2,3,4", "0,0,0,0", "-o", "two").status == 0
    assert len(list(Path("two").iterdir())) == 2
    tonespace("morph", "1,2,3,4", "-1,0,0,0", "--apart", "--steps", 3, "-o", "steps")
    assert len(list(Path("steps").iterdir())) == 3


def test_a_sum_is_that_of_its_terms(tonespace, wav):
    Path("clip.wav").write_bytes(wav)
    (record,) = tonespace(
        "combine", "1,2,3,4:1.5", "clip.wav:0", "2,0,0,0", "-o", "sum.wav", "--json"
    ).records
    assert record["z"] == [3.5, 3.0, 4.5, 6.0]
    assert tonespace("generate", "3.5,3,4.5,6", "-o", "-").stdout == Path("sum.wav").read_bytes()


def test_a_term_that_is_none_is_refused(refused):
    assert "a point is numbers" in refused("combine", "1,2:x", status=2)
    assert "is not there" in refused("combine", "nobody.wav:2")


@pytest.mark.parametrize("verb", ["sample -n 2 --seed 1", "generate 1,2,3,4 0,0,0,0"])
def test_several_sounds_do_not_go_into_what_is_named_like_a_file(refused, verb):
    assert "name a folder" in refused(*verb.split(), "-o", "two.wav", status=2)
    assert not Path("two.wav").exists()


def test_json_tells_what_the_sound_is_and_goes_back_in(tonespace):
    (record,) = tonespace("sample", "--seed", 7, "-o", "drawn.wav", "--json").records
    assert record["file"] == "drawn.wav"
    assert (record["model"], record["seed"], record["quality"]) == ("voices@2", 7, None)
    assert "audio" not in record
    made = tonespace("generate", "-", "-o", "same.wav", stdin=json.dumps(record).encode())
    assert made.status == 0
    samples = [Path(name).read_bytes().partition(b"data")[2] for name in ("drawn.wav", "same.wav")]
    assert samples[0] == samples[1]
    Path("point.json").write_text("[1, 2, 3, 4]\n")
    assert tonespace("morph", "point.json", "0,0,0,0", "-o", "-").stdout.startswith(b"RIFF")


def test_a_point_keeps_the_model_it_is_of(tonespace):
    point = json.dumps({"model": "voices", "version": 1, "z_mean": [1, 2, 3, 4]}).encode()
    assert "voices@1" in tonespace("generate", "-", stdin=point).text


def test_nothing_is_replaced_unless_that_is_asked_for(tonespace, refused):
    assert tonespace("sample", "--seed", 1, "-o", "kept.wav").status == 0
    kept = Path("kept.wav").read_bytes()
    message = refused("sample", "--seed", 2, "-o", "kept.wav")
    assert message == "kept.wav is already there; --force replaces it."
    assert Path("kept.wav").read_bytes() == kept
    assert tonespace("sample", "--seed", 2, "-o", "kept.wav", "--force").status == 0
    assert Path("kept.wav").read_bytes() != kept


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["sample", "--model", "nosuch"], 1, "There is no model 'nosuch'"),
        (["generate", "1,2"], 1, "z has 2 coordinates, voices@2 has 4."),
        (["sample", "--label", "digit:8"], 1, "Label 'digit' has no value '8'"),
        (["sample", "--label", "seven"], 2, "write each label once, as name:value"),
        (["sample", "-o", "x.aiff"], 2, "end it in .wav, .flac, .ogg, .mp3, .pcm, or say --format"),
        (["sample", "-n", "2", "-o", "-"], 2, "several sounds are several files"),
        (["sample", "--seed", "-1"], 2, "--seed"),
        (["sample", "--sed", "1"], 2, "No such option: --sed"),
        (["generate", "one"], 2, "a point is numbers with commas between"),
        (["generate", "nan,1"], 2, "a point is numbers with commas between"),
        (["generate", "-"], 2, "standard input: it holds no point"),
        (["generate", "nowhere.json"], 1, "nowhere.json is not there."),
        (["morph", "nowhere.wav", "1,2,3,4"], 1, "nowhere.wav is not there."),
        (["sample", "--server", "http://127.0.0.1:1"], 3, "No service answers at http://127.0.0.1:1: "),
        (["sample", "--server", "nonsense"], 3, "No service answers at nonsense: "),
        (["nothing"], 2, "No such command 'nothing'."),
    ],
)
def test_what_goes_wrong_is_a_sentence(refused, arguments, status, message):
    assert message in refused(*arguments, status=status)


def test_models_that_do_not_open_are_a_sentence(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("TONESPACE_MODELS_DIR", str(tmp_path))
    assert refused("sample", "--local") == f"The models cannot be opened: {tmp_path}: holds no model"
    monkeypatch.setenv("TONESPACE_QUEUE_LIMIT", "-1")
    assert "TONESPACE_QUEUE_LIMIT: Input should be" in refused("sample", "--local")


@pytest.mark.parametrize("verb", [["map", "voices", "--z"], ["encode", "FOLDER"]], ids=lambda verb: verb[0])
def test_a_reader_that_goes_away_is_no_traceback_and_no_failed_file(running, folder, verb):
    (folder / "notes.txt").unlink()
    arguments = [str(folder) if word == "FOLDER" else word for word in verb]
    command = [sys.executable, "-m", "tonespace", *arguments, "--json", "--server", running]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_the_client_of_the_models_here_is_a_client_like_any(models_dir):
    from tonespace.local import open_local

    with open_local(models_dir=models_dir, default_model="voices") as client:
        assert isinstance(client, Client)
        assert client.sample(seed=7).audio == client.sample(seed=7).audio
        assert client.map("plain").n_clips == 24


@pytest.mark.parametrize("data", [b"\xff\xfe[\x001\x00", b"[1, 2, 3, \xe9]"])
def test_json_that_is_not_utf_8_is_a_sentence(refused, data):
    assert "standard input: it is not JSON" in refused("generate", "-", stdin=data, status=2)
    Path("point.json").write_bytes(data)
    assert "point.json: it is not JSON" in refused("generate", "point.json", status=2)


def test_json_may_begin_with_a_byte_order_mark(tonespace):
    Path("point.json").write_bytes(b"\xef\xbb\xbf[1, 2, 3, 4]\r\n")
    assert tonespace("generate", "point.json").status == 0
