"""Instruments in the programs that play them: Polyphone and FluidSynth, and Hydrogen, where installed."""

import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import mido
import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NAMESPACE = "{http://www.hydrogen-music.org/drumkit}"
WITHIN_S = 120
KEYS = (48, 52, 55, 60, 64, 67, 72)
NOTE_S, REST_S = 1.0, 0.5
MAX_ERROR_CENTS = 25.0
TICKS_PER_S = 960  # at 120 beats a minute

swift_f0 = pytest.importorskip("swift_f0", reason="it reads the pitch of what is played")


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def tones(start):
    return start(models_dir=ROOT / "models", models=("tones",), default_model="tones")


def run(*command, folder):
    environment = {**os.environ, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    environment["JACK_NO_START_SERVER"] = "1"  # h2cli waits 12 s for it
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


def pitches_in(path, starts_s, lasting_s):
    """The MIDI note that is read at each place of a file."""
    waveform, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono, detector, found = waveform.mean(axis=1), swift_f0.SwiftF0(threads=1), []
    for start_s in starts_s:
        part = mono[round((start_s + 0.05) * rate) :][: round(lasting_s * rate)]
        assert np.abs(part).max() > 0.01
        read = detector.detect(part / np.abs(part).max(), rate)
        sure = read.confidence >= np.quantile(read.confidence, 0.5)
        found.append(float(69 + 12 * np.log2(np.median(read.pitch_hz[sure]) / 440)))
    return np.array(found)


@needs("polyphone", "fluidsynth")
def test_polyphone_makes_a_soundfont_of_the_sfz_and_fluidsynth_plays_a_scale_in_tune(tones, tmp_path):
    body = {"labels": {"instrument": "flute"}, "seed": 7, "pitches": list(KEYS), "velocities": [80, 120]}
    answer = tones.post("/instrument", json=body)
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    (sfz,) = tmp_path.glob("*.sfz")
    run("polyphone", "-1", "-i", sfz, "-d", tmp_path, "-o", "flute", folder=tmp_path)
    scale = mido.MidiFile()
    scale.tracks.append(mido.MidiTrack())
    for key in KEYS:
        rest, lasting = round(REST_S * TICKS_PER_S), round(NOTE_S * TICKS_PER_S)
        scale.tracks[0].append(mido.Message("note_on", note=key, velocity=90, time=rest))
        scale.tracks[0].append(mido.Message("note_off", note=key, time=lasting))
    scale.save(tmp_path / "scale.mid")
    dry = ("-R", "0", "-C", "0", "-r", "44100", "-F", tmp_path / "scale.wav")
    run("fluidsynth", "-ni", *dry, tmp_path / "flute.sf2", tmp_path / "scale.mid", folder=tmp_path)
    starts_s = [REST_S + i * (REST_S + NOTE_S) for i in range(len(KEYS))]
    found = pitches_in(tmp_path / "scale.wav", starts_s, NOTE_S - 0.1)
    assert np.abs(100 * (found - KEYS)).max() < MAX_ERROR_CENTS


def song_of(kit, name):
    """A song of one pattern that plays each instrument of a kit once, a beat each."""
    song = ElementTree.Element("song")
    fields = {
        "version": "1.2.0",
        "bpm": 120,
        "volume": 1,
        "name": "test",
        "mode": "song",
        "loopEnabled": "false",
    }
    for field, value in fields.items():
        ElementTree.SubElement(song, field).text = str(value)
    for element in kit.iter():
        element.tag = element.tag.removeprefix(NAMESPACE)
    song.append(kit.find("componentList"))
    instruments = kit.find("instrumentList")
    song.append(instruments)
    for instrument in instruments:
        ElementTree.SubElement(instrument, "drumkit").text = name
        ElementTree.SubElement(instrument, "drumkitLookup").text = "2"  # of the user
    pattern = ElementTree.SubElement(ElementTree.SubElement(song, "patternList"), "pattern")
    for field, value in {"name": "one", "category": "test", "size": 48 * len(KEYS), "denominator": 4}.items():
        ElementTree.SubElement(pattern, field).text = str(value)
    notes = ElementTree.SubElement(pattern, "noteList")
    for number in range(len(instruments)):
        note = ElementTree.SubElement(notes, "note")
        fields = {"position": 48 * number, "leadlag": 0, "velocity": 0.8, "pan": 0, "pitch": 0, "key": "C0"}
        fields |= {"length": -1, "instrument": number, "note_off": "false", "probability": 1}
        for field, value in fields.items():
            ElementTree.SubElement(note, field).text = str(value)
    group = ElementTree.SubElement(ElementTree.SubElement(song, "patternSequence"), "group")
    ElementTree.SubElement(group, "patternID").text = "one"
    return song


@needs("h2cli")
def test_hydrogen_accepts_the_kit_and_renders_a_pattern_of_it(tones, tmp_path):
    body = {"labels": {"instrument": "marimba"}, "seed": 7, "pitches": list(KEYS), "format": "hydrogen"}
    kit = tmp_path / "marimba.h2drumkit"
    kit.write_bytes(tones.post("/instrument", json=body).content)
    with tarfile.open(kit) as archive:
        name = archive.getnames()[0].split("/")[0]
        described = ElementTree.parse(archive.extractfile(f"{name}/drumkit.xml")).getroot()
    assert "INVALID" not in run("h2cli", "-c", kit, folder=tmp_path)
    run("h2cli", "-i", kit, folder=tmp_path)
    ElementTree.ElementTree(song_of(described, name)).write(tmp_path / "one.h2song", xml_declaration=True)
    run("h2cli", "-s", "one.h2song", "-o", tmp_path / "one.wav", "-r", "44100", "-b", "16", folder=tmp_path)
    found = pitches_in(tmp_path / "one.wav", [0.5 * i for i in range(len(KEYS))], 0.3)
    assert np.abs(100 * (found - KEYS)).max() < MAX_ERROR_CENTS
