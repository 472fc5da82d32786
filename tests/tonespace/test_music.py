"""instrument and perform, from the command line and from Python."""

import io
import tarfile
import zipfile

import mido
import pytest
import soundfile

from tests.service.tiny_model import NOTES, write_model
from tonespace import Client
from tonespace.requests import instrument as instrument_request

FLUTE = ("--model", "notes", "--label", "instrument:flute", "--seed", 3)


@pytest.fixture
def notes(tonespace, tmp_path, monkeypatch):
    """The command line with a model that plays notes, in its own process."""
    write_model(tmp_path / "models", "notes", labels=NOTES, numbers={"pitch": "MIDI note"})
    monkeypatch.setenv("TONESPACE_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("TONESPACE_DEFAULT_MODEL", "notes")
    return lambda verb, *arguments: tonespace(verb, *arguments, "--local")


@pytest.fixture
def melody(tmp_path):
    messages = [mido.Message("note_on", note=62, time=100), mido.Message("note_off", note=62, time=400)]
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack(messages))
    file.save(tmp_path / "melody.mid")
    return tmp_path / "melody.mid"


def test_an_instrument_is_written_with_the_keys_that_were_asked_for(notes, tmp_path):
    done = notes("instrument", *FLUTE, "--pitches", "60-64:2", "-o", "flute.zip")
    assert (done.status, done.text) == (0, "flute.zip  notes@1, 3 files\n")
    names = zipfile.ZipFile(tmp_path / "flute.zip").namelist()
    assert names[:3] == ["samples/060-C4.wav", "samples/062-D4.wav", "samples/064-E4.wav"]
    again = notes("instrument", *FLUTE, "--pitches", "60,62,64", "-o", "again.zip")
    assert again.status == 0
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "flute.zip").read_bytes()


def test_the_ending_makes_it_a_kit_of_hydrogen(tonespace, tmp_path):
    done = tonespace("instrument", "--pads", "digit", "--seed", 1, "-o", "digits.h2drumkit")
    assert done.status == 0, done.stderr
    with tarfile.open(tmp_path / "digits.h2drumkit") as archive:
        assert any(name.endswith("/drumkit.xml") for name in archive.getnames())


def test_a_point_is_a_timbre(notes, tmp_path):
    assert notes("instrument", "0.1,0.2,-0.3,0.4", "--pitches", "61", "-o", "point.zip").status == 0
    recipe = zipfile.ZipFile(tmp_path / "point.zip").read("recipe.json")
    assert b"-0.3" in recipe


@pytest.mark.parametrize("ending", ["wav", "ogg", "pcm"])
def test_a_melody_is_written_in_the_format_of_the_ending(notes, melody, tmp_path, ending):
    done = notes("perform", melody, *FLUTE, "-o", f"melody.{ending}")
    assert (done.status, done.text) == (0, f"melody.{ending}  notes@1, 1 notes\n")
    if ending != "pcm":
        assert soundfile.info(tmp_path / f"melody.{ending}").duration > 0.5


def test_no_file_is_replaced_and_none_is_left_where_the_service_refuses(notes, melody, tmp_path):
    assert notes("perform", melody, "--label", "instrument:kazoo", "-o", "no.wav").status == 1
    assert not (tmp_path / "no.wav").exists()
    (tmp_path / "there.wav").write_bytes(b"mine")
    done = notes("perform", melody, *FLUTE, "-o", "there.wav")
    assert (done.status, (tmp_path / "there.wav").read_bytes()) == (1, b"mine")
    assert "--force" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("instrument", "--pitches", "high", "-o", "x.zip"),
        ("perform", "melody.mid", "-o", "x.mp3"),
    ],
)
def test_what_is_written_wrongly_is_refused(notes, melody, arguments):
    assert melody.exists()
    assert notes(*arguments).status == 2


def test_the_client_returns_an_archive_with_its_name(running, tmp_path):
    with Client(running) as api:
        archive = api.instrument(pads="digit", seed=4, labels={"speaker": "theo"})
        assert (archive.name, archive.model, archive.seed) == ("voices-instrument-seed-4.zip", "voices@2", 4)
        assert zipfile.is_zipfile(archive.save(tmp_path / "pads.zip"))
        with api.parts(instrument_request(pads="digit", seed=4, labels={"speaker": "theo"})) as (_, parts):
            assert b"".join(parts) == archive.content


def test_the_client_plays_a_melody(melody, tmp_path):
    from tonespace.local import open_local

    write_model(tmp_path / "models", "notes", labels=NOTES, numbers={"pitch": "MIDI note"})
    with open_local(models_dir=tmp_path / "models", default_model="notes") as api:
        sound = api.perform(melody, z=[0.1, 0.2, 0.3, 0.4], format="wav")
    assert (sound.model, sound.z) == ("notes@1", [0.1, 0.2, 0.3, 0.4])
    assert soundfile.info(io.BytesIO(sound.audio)).duration > 0.5
